import type { ConsumerHandlers, MessageDetails, ProducerContext, Receipt, WorkerContext } from '../../core/component.ts'
import { asError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import type { ConsumerComponent, ProducerComponent } from '../../core/spec.ts'
import { testingError } from '../errors.ts'

/** What became of a message that a test has pushed. */
export interface TestOutcome {
  /** As it was pushed. */
  readonly data: unknown
  /** `dropped` is an ack as well: on purpose, for a reason. */
  readonly outcome: 'acked' | 'failed' | 'dropped'
  /** Why it was dropped. */
  readonly reason?: string
  readonly error?: Error
  /** The node that failed it. */
  readonly node?: string
}

const PLAIN = { io: false, exclusive: undefined, keyed: true }

/** What stands before the component: gives what a test pushes, and hears what becomes of it. */
export class Feed {
  readonly component: ProducerComponent
  #context: ProducerContext | undefined
  /** Whatever was pushed, in that order. */
  readonly #pushed = new Map<Message, { readonly data: unknown; outcome: TestOutcome | undefined }>()
  readonly #drops = new Map<Message, string>()

  constructor() {
    this.component = {
      ...PLAIN,
      kind: 'producer',
      name: 'test',
      outcomes: true,
      create: (context) => {
        this.#context = context
        return {
          queue: { messages: 10_000_000, bytes: Number.MAX_SAFE_INTEGER, whenFull: 'reject' },
          settle: (receipts: readonly Receipt[]) => receipts.forEach((receipt) => this.#ended(receipt)),
        }
      },
    }
  }

  /** In the order in which the messages were pushed. */
  get outcomes(): TestOutcome[] {
    return [...this.#pushed.values()].flatMap(({ outcome }) => outcome ?? [])
  }

  /** Data of messages without an outcome. */
  get pending(): unknown[] {
    return [...this.#pushed.values()].filter(({ outcome }) => outcome === undefined).map(({ data }) => data)
  }

  push(values: readonly unknown[], details: MessageDetails | undefined): void {
    const { message, emit } = this.#context!
    const messages = values.map((data) => message(data, details))
    for (const [index, each] of messages.entries()) this.#pushed.set(each, { data: values[index], outcome: undefined })
    const taken = emit(messages)
    if (taken === messages.length) return
    for (const each of messages.slice(taken)) this.#pushed.delete(each)
    throw testingError('SLUICE_TESTING_MISUSE', `only ${taken} of ${values.length} messages were taken`)
  }

  end(): void {
    this.#context!.end()
  }

  /** The component has dropped a message, or what was made of it. */
  dropped(message: Message, reason: string): void {
    let root = message
    while (root.parent !== undefined) root = root.parent
    for (const each of [root, ...(root.parts ?? [])]) this.#drops.set(each, reason)
  }

  #ended(receipt: Receipt): void {
    const pushed = this.#pushed.get(receipt.message)!
    pushed.outcome = this.#outcomeOf(pushed.data, receipt)
  }

  #outcomeOf(data: unknown, { message, outcome, reason, error, node }: Receipt): TestOutcome {
    if (outcome === 'failed') return { data, outcome, error: asError(error), ...(node === undefined ? {} : { node }) }
    const dropped = reason ?? this.#drops.get(message)
    return dropped === undefined ? { data, outcome } : { data, outcome: 'dropped', reason: dropped }
  }
}

/** What stands behind the component: takes what it gives, and answers at once or when a test says so. */
export class Taker {
  readonly messages: Message[] = []
  readonly data: unknown[] = []
  readonly component: ConsumerComponent
  readonly #open: Message[] = []
  #context: WorkerContext | undefined

  constructor(isByHand: boolean) {
    this.component = {
      ...PLAIN,
      kind: 'consumer',
      name: 'test',
      holds: true,
      create: (context) => {
        this.#context = context
        return this.#handlers(isByHand)
      },
    }
  }

  /** Messages that have no answer yet. */
  get unanswered(): number {
    return this.#open.length
  }

  /** Answers the oldest ones. */
  answer(count: number, error?: Error): void {
    if (count > this.#open.length) {
      const found = `${this.#open.length} messages wait for an answer`
      throw testingError('SLUICE_TESTING_MISUSE', `${count} messages cannot be answered: ${found}`)
    }
    for (const message of this.#open.splice(0, count)) {
      if (error === undefined) this.#context!.ack(message)
      else this.#context!.fail(message, error)
    }
  }

  #handlers(isByHand: boolean): ConsumerHandlers {
    return {
      handle: (messages: readonly Message[]) => {
        for (const message of messages) {
          this.messages.push(message)
          this.data.push(message.data)
        }
        if (!isByHand) return
        this.#context!.hold(messages)
        this.#open.push(...messages)
      },
      // At its end nobody is left who could answer.
      flush: (reason) => (reason === 'drain' || reason === 'end' ? this.answer(this.#open.length) : undefined),
    }
  }
}
