import type { FlushReason, MaybePromise, StageContext } from '../../core/component.ts'
import { asError } from '../../core/errors.ts'
import { Draft, Message } from '../../core/message.ts'
import { componentError } from '../component-errors.ts'
import { quietly } from './quietly.ts'
import { libraryOrPromise } from './rx-library.ts'
import type { Observable, Rx, SchedulerLike, Subject, Subscription } from './rx-types.ts'
import { clockScheduler } from './scheduler.ts'

/** What operators are given beside the messages. */
export interface RxTools {
  /** Time on the clock of the pipeline, for operators that take a scheduler: `debounceTime(100, scheduler)`. */
  readonly scheduler: SchedulerLike
  /** A message made from several that came in, which end as it does. */
  derive<T>(data: T, parents: readonly Message[]): Message<T>
  /** Ends a message that will not come out: acked, and counted by reason. */
  drop(message: Message, reason?: string): void
  fail(message: Message, error: unknown): void
}

export type Project = (messages$: Observable<Message>, tools: RxTools) => Observable<Message>

export interface RxOptions {
  readonly project: Project
  readonly keep?: number | undefined
  readonly whenCompleted: 'fail' | 'drop'
}

/** One life of an observable between messages that come in and those that come out. */
interface Flow {
  readonly input: Subject<Message>
  /** Messages that may still come out of it, oldest first: held, also what was derived. */
  readonly inside: Set<Message>
  subscription: Subscription | undefined
  /** Its input is over, because the node gives what it holds. */
  isEnding: boolean
}

/** What is in the operators' hands, and what becomes of it (D14, D21, A9). */
export class RxRun {
  readonly #options: RxOptions
  readonly #context: StageContext
  #rx: Rx | undefined
  /** What messages go into. */
  #flow: Flow | undefined
  /** That one, and those whose input is over and that still give something. */
  readonly #flows = new Set<Flow>()
  /** What comes out during a call; undefined outside of one. */
  #given: Message[] | undefined
  /** The message that is being pushed, until it is held or has an outcome; and where in `#given` it came out. */
  #current: Message | undefined
  #currentAt: number[] = []
  #failure: Error | undefined
  #hasCompleted = false
  #ended: (() => void) | undefined

  constructor(options: RxOptions, context: StageContext) {
    this.#options = options
    this.#context = context
  }

  /** @throws SLUICE_RX_MISSING */
  open(): MaybePromise<void> {
    const rx = libraryOrPromise()
    return 'then' in rx ? rx.then((loaded) => this.#opened(loaded)) : this.#opened(rx)
  }

  /** @throws what the observable failed with: the node starts again (D14). */
  handle(messages: readonly Message[]): Message[] {
    this.#given = []
    try {
      for (const message of messages) {
        if (this.#failure !== undefined) throw this.#failure
        this.#push(message)
      }
      if (this.#failure !== undefined) throw this.#failure
      return this.#given
    } finally {
      this.#given = undefined
      this.#current = undefined
    }
  }

  /**
   * Ends the input, so that operators give what they have, and what they have left out is known; what follows, if
   * anything, begins anew. Where it fails instead, it never comes back: the node starts again (D14).
   */
  flush(reason: FlushReason): Promise<void> | undefined {
    const flow = this.#flow
    if (flow !== undefined) {
      this.#flow = undefined
      flow.isEnding = true
      quietly(() => flow.input.complete(), this.#context.log)
      this.#endIfEmpty(flow)
    }
    // Under pressure others come at once: nobody waits for what takes its time.
    if (reason === 'pressure' || this.#flows.size === 0) return undefined
    return new Promise((resolve) => (this.#ended = resolve))
  }

  stop(): void {
    for (const { subscription } of this.#flows) quietly(() => subscription?.unsubscribe(), this.#context.log)
  }

  #opened(rx: Rx): void {
    this.#rx = rx
    this.#begin()
    if (this.#failure !== undefined) throw this.#failure
  }

  #begin(): Flow {
    const rx = this.#rx!
    const flow: Flow = { input: new rx.Subject(), inside: new Set(), subscription: undefined, isEnding: false }
    this.#flow = flow
    this.#flows.add(flow)
    try {
      const output = this.#options.project(flow.input.asObservable(), this.#toolsOf(rx, flow))
      flow.subscription = rx.from(output).subscribe({
        next: (given) => this.#came(given, flow),
        error: (error: unknown) => this.#fail(asError(error)),
        complete: () => this.#completed(flow),
      })
    } catch (error) {
      this.#fail(asError(error))
    }
    return flow
  }

  #push(message: Message): void {
    if (this.#hasCompleted) return this.#refuse(message)
    const flow = this.#flow ?? this.#begin()
    this.#current = message
    this.#currentAt = []
    flow.input.next(message)
    if (this.#failure !== undefined || this.#current === undefined) return
    this.#current = undefined
    const given = this.#given!
    // It came out more than once: these are its children, and it ends when all of them have.
    if (this.#currentAt.length > 1)
      for (const at of this.#currentAt) given[at] = this.#context.child(message, given[at]!.data)
    if (this.#currentAt.length > 0) return
    if (this.#hasCompleted) return this.#refuse(message)
    this.#hold(message, flow)
    this.#supersede(flow)
  }

  /** Something came out, in a call or outside of one. */
  #came(given: unknown, flow: Flow): void {
    if (this.#failure !== undefined) return
    if (!(given instanceof Message)) {
      const text = `the observable gave ${typeof given} where messages come out: change one by \`message.with(data)\``
      return this.#fail(componentError('SLUICE_RX_OUTPUT', text))
    }
    const source = sourceOf(given)
    if (source === this.#current) this.#currentAt.push(this.#given!.length)
    else if (!flow.inside.delete(source)) {
      const text = `the observable gave ${source.id} once more, or after it was dropped`
      return this.#fail(componentError('SLUICE_RX_OUTPUT', text))
    }
    if (this.#given === undefined) this.#context.emit([given])
    else this.#given.push(given)
    this.#endIfEmpty(flow)
  }

  /** Nothing more can come of it, though its output may go on: with a clock of its own it would do so for good. */
  #endIfEmpty(flow: Flow): void {
    if (!flow.isEnding || flow.inside.size > 0 || !this.#flows.has(flow)) return
    quietly(() => flow.subscription?.unsubscribe(), this.#context.log)
    this.#completed(flow)
  }

  #completed(flow: Flow): void {
    this.#flows.delete(flow)
    if (!flow.isEnding) this.#hasCompleted = true
    if (this.#flow === flow) this.#flow = undefined
    const left = [...flow.inside]
    flow.inside.clear()
    // What the operators were given in time, and did not give on before the end, they have left out.
    for (const message of left) {
      if (flow.isEnding) this.#context.drop(message, 'not-emitted')
      else this.#refuse(message)
    }
    if (!flow.isEnding)
      this.#context.log.info('the observable has completed', { whenCompleted: this.#options.whenCompleted })
    if (this.#flows.size > 0) return
    this.#ended?.()
    this.#ended = undefined
  }

  #refuse(message: Message): void {
    if (this.#options.whenCompleted === 'drop') return this.#context.drop(message, 'completed')
    const text = 'the observable has completed, and takes nothing more'
    this.#context.fail(message, componentError('SLUICE_RX_COMPLETED', text))
  }

  #hold(message: Message, { inside }: Flow): void {
    this.#context.hold(message)
    inside.add(message)
  }

  #supersede({ inside }: Flow): void {
    const { keep = Infinity } = this.#options
    for (const oldest of inside) {
      if (inside.size <= keep) return
      inside.delete(oldest)
      this.#context.drop(oldest, 'superseded')
    }
  }

  #toolsOf(rx: Rx, flow: Flow): RxTools {
    const { clock, drop, fail, derive } = this.#context
    return {
      scheduler: clockScheduler(rx, clock),
      derive: (data, parents) => {
        const sources = parents.map(sourceOf)
        if (this.#current !== undefined && sources.includes(this.#current))
          this.#hold(this.#take(this.#current, flow), flow)
        const derived = derive(data, sources)
        for (const source of sources) flow.inside.delete(source)
        flow.inside.add(derived)
        return derived as Message<typeof data>
      },
      drop: (message, reason = 'dropped') => drop(this.#take(sourceOf(message), flow), reason),
      fail: (message, error) => fail(this.#take(sourceOf(message), flow), error),
    }
  }

  /** It will not come out by itself any more. */
  #take(message: Message, flow: Flow): Message {
    flow.inside.delete(message)
    if (message === this.#current) this.#current = undefined
    this.#endIfEmpty(flow)
    return message
  }

  /** In a call it is thrown by that; outside of one it is a fault of the node. */
  #fail(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.stop()
    if (this.#given !== undefined) return
    this.#context.clock.after(0, () => {
      throw error
    })
  }
}

function sourceOf(message: Message): Message {
  return message instanceof Draft ? (message.source as Message) : message
}
