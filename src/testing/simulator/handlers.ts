import type {
  ConsumerHandlers,
  MaybePromise,
  StageContext,
  StageHandlers,
  WorkerContext,
} from '../../core/component.ts'
import { placeError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { batchSizeOf } from './scenario.ts'
import { OrderWatch, type Watched } from './order-watch.ts'
import { copyOf, leavesOf, passesFilter } from './oracle.ts'
import { rootsOf, type Run } from './run.ts'
import type { WorkerChoice } from './scenario.ts'
import { Deferred } from './world.ts'

/** What every simulated call takes at most, unless a fault makes it longer. Simulated ms. */
const CALL_MS = 10
/** The timeout of simulated nodes. */
export const TIMEOUT_MS = 100
const HOLD_MS = 40
const LONGEST_OUTAGE_MS = 400
const SPOILED = 'not an array'

/** The handlers of one node: they do what its role says, and what the faults of the run make of it. */
export class Handlers {
  readonly #run: Run
  readonly #choice: WorkerChoice
  readonly #context: StageContext
  readonly #watch: OrderWatch
  #downUntil = 0

  constructor(run: Run, choice: WorkerChoice, context: StageContext) {
    this.#run = run
    this.#choice = choice
    this.#context = context
    this.#watch = new OrderWatch(run, choice)
  }

  stage(): StageHandlers {
    const { name, role } = this.#choice
    const children = (data: unknown): unknown[] =>
      leavesOf(data).flatMap((leaf) => this.#run.oracle.childrenOf(name, role, leaf))
    switch (role) {
      case 'map':
        return { map: (data: unknown, message) => this.#answer([message], () => copyOf(data)) }
      case 'filter':
        return {
          filter: (data: unknown, message) =>
            this.#answer([message], () => leavesOf(data).some((leaf) => passesFilter(name, leaf))) as boolean,
        }
      case 'expand':
        return {
          flatMap: (data: unknown, message) =>
            this.#answer([message], () => this.#expanded(message, children(data))) as unknown[],
        }
      case 'pull':
        return {
          flatMap: (data: unknown, message) =>
            this.#answer([message], () => this.#pulled(message, children(data))) as unknown[],
        }
      case 'unbatch':
        return { flatMap: (data: unknown, message) => this.#answer([message], () => this.#values(message, data)) as [] }
      case 'handle':
        return { handle: (messages) => this.#answer(messages, () => this.#passed(messages)) as Message[] }
      case 'split':
        return { handle: (messages) => this.#answer(messages, () => this.#split(messages, children)) as Message[] }
      case 'regroup':
        return this.#holder((messages) => this.#split(messages, children))
      case 'delay':
        return this.#delayer()
      default:
        return this.#holder((messages) => [...messages])
    }
  }

  consumer(): ConsumerHandlers {
    const { role } = this.#choice
    if (role === 'each') return { each: (_data: unknown, message) => this.#answer([message], () => undefined) }
    if (role === 'handle') return { handle: (messages) => this.#answer(messages, () => undefined) }
    return this.#holdingConsumer(this.#context)
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
    for (const child of children) {
      if (this.#strikes('throw', [message])) throw new Error('the iterable threw')
      yield child
    }
  }

  #passed(messages: readonly Message[]): Message[] {
    const out: Message[] = []
    for (const message of messages) {
      if (this.#strikes('forget', [message])) continue
      if (this.#strikes('drop', [message])) this.#context.drop(message, 'verb')
      else if (this.#strikes('fail', [message])) this.#context.fail(message, new Error('failed by verb'))
      else out.push(this.#run.random.chance(0.5) ? message : message.with(copyOf(message.data)))
    }
    return out
  }

  /** Children in place of messages; a throw in the middle leaves some made and none returned. */
  #split(messages: readonly Message[], children: (data: unknown) => unknown[]): Message[] {
    const out: Message[] = []
    for (const message of messages) {
      const made = children(message.data).map((data) => this.#context.child(message, data))
      if (made.length === 0) this.#context.drop(message, 'split')
      if (this.#strikes('throw', messages)) throw new Error('threw after making children')
      if (made.length > 0 && this.#strikes('forget', [message])) made.pop()
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
        this.#answer(messages, () => {
          const full: Message[] = []
          for (const message of take(messages)) {
            hold(message)
            if (open.push(message) >= size) full.push(close())
          }
          if (this.#strikes('throw', messages)) throw new Error('threw while holding')
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
        this.#answer(messages, () => {
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
      const done = held
      held = []
      for (const { data } of done) this.#run.oracle.handled(this.#choice.name, data)
      ack(done)
    }
    return {
      handle: (messages) =>
        this.#answer(messages, () => {
          hold(messages)
          if (held.length === 0) clock.after(HOLD_MS, sync)
          held.push(...(messages as readonly Message[]))
        }),
      flush: sync,
    }
  }

  /** Answers a call: at once or later, well or not. */
  #answer(messages: readonly Message[], compute: () => unknown): unknown {
    const { trace, random } = this.#run
    const { name, asyncRate } = this.#choice
    const watched = this.#watch.began(messages)
    trace.add('call', name, messages.map(({ id }) => id).join())
    if (this.#isDown()) {
      watched.failed('place')
      throw placeError('DOWN', 'the place is down')
    }
    if (this.#strikes('throw', messages)) {
      watched.failed('message')
      throw random.chance(0.5) ? new Error('thrown') : 'a string'
    }
    const answer = (): unknown => {
      try {
        const value = this.#spoiled(messages, compute())
        if (this.#isNoAnswer(messages, value)) watched.failed('message', true)
        else watched.answered()
        return value
      } catch (error) {
        watched.failed('message')
        throw error
      }
    }
    return random.chance(asyncRate) ? this.#answerLater(messages, watched, answer) : answer()
  }

  #answerLater(messages: readonly Message[], watched: Watched, answer: () => unknown): Deferred {
    const { trace, random, world, faults, oracle } = this.#run
    const deferred = new Deferred()
    const before = trace.length
    const hasAnswered = oracle.callBegan(messages.flatMap(rootsOf), world.time)
    if (this.#strikes('hang', messages)) {
      world.schedule(TIMEOUT_MS, () => watched.failed('place'))
      return deferred
    }
    const late = this.#strikes('late', messages)
    if (late) world.schedule(TIMEOUT_MS, () => watched.failed('place'))
    const slow = !late && faults.strikes('slow')
    const delay = late ? TIMEOUT_MS * 1.5 : slow ? TIMEOUT_MS * 0.6 : CALL_MS * random.float()
    world.schedule(delay, () => {
      hasAnswered()
      if (slow && trace.length > before + 1) faults.took('slow')
      if (this.#strikes('reject', messages)) {
        watched.failed('message')
        deferred.reject(new Error('rejected'))
        return
      }
      trace.add('answer', this.#choice.name)
      try {
        deferred.resolve(answer())
      } catch (error) {
        deferred.reject(error)
      }
    })
    return deferred
  }

  /** Whether the kernel makes nothing of an answer, so that its call fails. */
  #isNoAnswer([message]: readonly Message[], value: unknown): boolean {
    const { role, maxExpansion } = this.#choice
    if (role === 'unbatch') return message!.parts === undefined
    return value === SPOILED || (role === 'expand' && (value as readonly unknown[]).length > maxExpansion)
  }

  /** Whether the place behind the node is down; an outage takes a while, and explains no failure. */
  #isDown(): boolean {
    const { faults, world, random, trace } = this.#run
    if (faults.isHealed) return false
    if (world.time < this.#downUntil) return true
    if (!faults.strikes('outage')) return false
    faults.took('outage')
    trace.add('outage', this.#choice.name)
    this.#downUntil = world.time + random.between(1, LONGEST_OUTAGE_MS)
    return true
  }

  #spoiled(messages: readonly Message[], value: unknown): unknown {
    const isOfMessages = this.#choice.role === 'handle' && this.#choice.kind === 'stage'
    return isOfMessages && this.#strikes('bad-return', messages) ? SPOILED : value
  }

  /** Whether a fault hits a call with these messages; their failure is explained by it. */
  #strikes(fault: Parameters<Run['faults']['took']>[0], messages: readonly Message[]): boolean {
    const { faults, oracle, trace } = this.#run
    if (!faults.strikes(fault)) return false
    faults.took(fault)
    trace.add(fault, this.#choice.name)
    if (fault !== 'drop') oracle.explain(messages.flatMap(rootsOf))
    return true
  }
}
