import type {
  ConsumerHandlers,
  MaybePromise,
  StageContext,
  StageHandlers,
  WorkerContext,
} from '../../core/component.ts'
import { placeError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { Calls } from './calls.ts'
import { childrenOf, copyOf, leavesOf, passesFilter } from './payload.ts'
import { rootsOf, type Run } from './run.ts'
import { batchSizeOf, isHolding, type WorkerChoice } from './scenario.ts'

const HOLD_MS = 40

/** The handlers of one node: they do what its role says, and what the faults of the run make of it. */
export class Handlers {
  readonly #run: Run
  readonly #choice: WorkerChoice
  readonly #context: StageContext
  readonly #calls: Calls

  constructor(run: Run, choice: WorkerChoice, context: StageContext) {
    this.#run = run
    this.#choice = choice
    this.#context = context
    this.#calls = new Calls(run, choice, isHolding(choice))
  }

  stage(): StageHandlers {
    return { ...this.#stage(), ...this.#health }
  }

  consumer(): ConsumerHandlers {
    return { ...this.#consumer(), ...this.#health }
  }

  get #health(): Pick<StageHandlers, 'health'> {
    return this.#choice.hasHealth ? { health: this.#calls.health } : {}
  }

  #stage(): StageHandlers {
    const { name, role } = this.#choice
    const children = (data: unknown): unknown[] => leavesOf(data).flatMap((leaf) => childrenOf(name, role, leaf))
    switch (role) {
      case 'map':
        return { map: (data: unknown, message) => this.#calls.answer([message], () => copyOf(data)) }
      case 'filter':
        return {
          filter: (data: unknown, message) =>
            this.#calls.answer([message], () => leavesOf(data).some((leaf) => passesFilter(name, leaf))) as boolean,
        }
      case 'expand':
        return {
          flatMap: (data: unknown, message) =>
            this.#calls.answer([message], () => this.#expanded(message, children(data))) as unknown[],
        }
      case 'pull':
        return {
          flatMap: (data: unknown, message) =>
            this.#calls.answer([message], () => this.#pulled(message, children(data))) as unknown[],
        }
      case 'unbatch':
        return {
          flatMap: (data: unknown, message) => this.#calls.answer([message], () => this.#values(message, data)) as [],
        }
      case 'handle':
        return { handle: (messages) => this.#calls.answer(messages, () => this.#passed(messages)) as Message[] }
      case 'split':
        return {
          handle: (messages) => this.#calls.answer(messages, () => this.#split(messages, children)) as Message[],
        }
      case 'regroup':
        return this.#holder((messages) => this.#split(messages, children))
      case 'delay':
        return this.#delayer()
      default:
        return this.#holder((messages) => [...messages])
    }
  }

  #consumer(): ConsumerHandlers {
    const { role } = this.#choice
    if (role === 'each')
      return { each: (_data: unknown, message) => this.#calls.answer([message], () => this.#done([message])) }
    if (role === 'handle') return { handle: (messages) => this.#calls.answer(messages, () => this.#done(messages)) }
    return this.#holdingConsumer(this.#context)
  }

  /** A consumer's work, seen from outside. */
  #done(messages: readonly Message[]): void {
    for (const { data } of messages) this.#run.oracle.effect(this.#choice.name, data)
  }

  /** An array of children; one that is longer than `maxExpansion` fails its message, as it should. */
  #expanded(message: Message, children: readonly unknown[]): readonly unknown[] {
    if (children.length > this.#choice.maxExpansion) this.#run.oracle.explain(rootsOf(message))
    return children
  }

  /** Values for the parts of a batch; a message that is none fails, as it should. */
  #values(message: Message, data: unknown): unknown {
    if (message.parts === undefined) this.#run.oracle.explain(rootsOf(message))
    return copyOf(data)
  }

  /** An iterable of children, which may throw on the way. */
  *#pulled(message: Message, children: readonly unknown[]): Iterable<unknown> {
    let given = 0
    for (const child of children) {
      if (this.#calls.strikes('throw', [message])) {
        if (given === 0) this.#calls.failsLater(message)
        throw new Error('the iterable threw')
      }
      if (this.#calls.strikes('fail-place', [message])) {
        this.#calls.comesAgain(message)
        if (given > 0) this.#run.oracle.repeats(rootsOf(message))
        throw placeError('DOWN', 'the place is down for the rest of it')
      }
      given++
      yield child
    }
  }

  #passed(messages: readonly Message[]): Message[] {
    const out: Message[] = []
    const refused: Message[] = []
    for (const message of messages) {
      if (this.#mustFollow(message, refused) || this.#calls.strikes('fail-place', [message])) {
        refused.push(message)
        this.#refuse(message)
      } else if (this.#calls.strikes('forget', [message])) continue
      else if (this.#calls.strikes('drop', [message])) this.#context.drop(message, 'verb')
      else if (this.#calls.strikes('fail', [message])) this.#context.fail(message, new Error('failed by verb'))
      else out.push(this.#run.random.chance(0.5) ? message : message.with(copyOf(message.data)))
    }
    return out
  }

  /** Who wants an order kept doesn't let what follows go on without what was refused in the same call. */
  #mustFollow({ key }: Message, refused: readonly Message[]): boolean {
    const { order } = this.#choice
    if (order === 'input') return refused.length > 0
    return order === 'key' && key !== undefined && refused.some((other) => other.key === key)
  }

  #refuse(message: Message, isLate = false): void {
    this.#calls.comesAgain(message, isLate)
    this.#context.fail(message, placeError('DOWN', 'the place is down for this one'))
  }

  /** Children in place of messages; a throw in the middle leaves some made and none returned. */
  #split(messages: readonly Message[], children: (data: unknown) => unknown[]): Message[] {
    const out: Message[] = []
    for (const message of messages) {
      const made = children(message.data).map((data) => this.#context.child(message, data))
      if (made.length === 0) this.#context.drop(message, 'split')
      if (this.#calls.strikes('throw', messages)) throw new Error('threw after making children')
      if (made.length > 0 && this.#calls.strikes('forget', [message])) made.pop()
      out.push(...made)
    }
    return out
  }

  /** Holds what `take` makes of its messages and gives batches: by count, by time, on flush. */
  #holder(take: (messages: readonly Message[]) => readonly Message[]): StageHandlers {
    const { hold, join, emit, clock } = this.#context
    const size = batchSizeOf(this.#choice)
    let open: Message[] = []
    let timer: { cancel(): void } | undefined
    const close = (): Message => {
      timer?.cancel()
      timer = undefined
      const parts = open
      open = []
      return join(parts)
    }
    return {
      handle: (messages) =>
        this.#calls.answer(messages, () => {
          const full: Message[] = []
          for (const message of take(messages)) {
            hold(message)
            if (open.push(message) >= size) full.push(close())
          }
          if (this.#calls.strikes('throw', messages)) throw new Error('threw while holding')
          if (open.length > 0) timer ??= clock.after(HOLD_MS, () => emit([close()]))
          return full
        }) as MaybePromise<Message[]>,
      flush: () => (open.length > 0 ? [close()] : []),
    }
  }

  /** Holds each message for a while, then gives it alone. */
  #delayer(): StageHandlers {
    const { hold, emit, clock } = this.#context
    const held = new Set<Message>()
    return {
      handle: (messages) =>
        this.#calls.answer(messages, () => {
          hold(messages)
          for (const message of messages) {
            held.add(message)
            clock.after(this.#run.random.between(1, HOLD_MS), () => {
              if (held.delete(message)) emit([message])
            })
          }
        }) as undefined,
      flush: () => {
        const all = [...held]
        held.clear()
        return all
      },
    }
  }

  /** Acks what it holds some time later, as a file does that is synced now and then. */
  #holdingConsumer({ hold, ack, clock }: WorkerContext): ConsumerHandlers {
    let held: Message[] = []
    const sync = (): void => {
      const refused = held.filter((message) => this.#calls.strikes('fail-place', [message]))
      const done = held.filter((message) => !refused.includes(message))
      held = []
      for (const message of refused) this.#refuse(message, true)
      this.#done(done)
      for (const { data } of done) this.#run.oracle.handled(this.#choice.name, data)
      ack(done)
    }
    return {
      handle: (messages) =>
        this.#calls.answer(messages, () => {
          hold(messages)
          if (held.length === 0) clock.after(HOLD_MS, sync)
          held.push(...(messages as readonly Message[]))
        }),
      flush: sync,
    }
  }
}
