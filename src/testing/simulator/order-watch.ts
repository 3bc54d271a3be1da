import type { ErrorKind } from '../../core/errors.ts'
import { SETTLED, type Message } from '../../core/message.ts'
import { leavesOf } from './payload.ts'
import { isRetried, type Run } from './run.ts'
import type { WorkerChoice } from './scenario.ts'

/** What a call that begins is told when it ends. */
export interface Watched {
  answered(): void
  /** It will not come back in time: it comes again, at a moment that only the kernel knows. */
  overdue(): void
  /**
   * It failed; `place` where it is kept for as long as it takes.
   * @param isLate the kernel finds that out only when it looks at the answer: others may have begun by then.
   */
  failed(kind: ErrorKind, isLate?: boolean): void
}

interface Awaited {
  readonly message: Message
  readonly sequence: number
}

/**
 * Watches the calls of one component instance: in `key` order, no key is ever in two of them; what comes again after a
 * failure comes before what follows it.
 */
export class OrderWatch {
  readonly #choice: WorkerChoice
  readonly #run: Run
  readonly #busy = new Set<string>()
  /** The last sequence number that was seen of each producer, or of each producer's key. */
  readonly #last = new Map<string, number>()
  /** Those that failed and will come again. */
  readonly #awaited = new Map<string, Map<string, Awaited>>()

  constructor(run: Run, choice: WorkerChoice) {
    this.#run = run
    this.#choice = choice
  }

  /** A call begins. */
  began(messages: readonly Message[]): Watched {
    const { name, order, isOrdered, attempts } = this.#choice
    const { unsure } = this.#run.oracle
    const follows = isOrdered && unsure.size === 0
    if (follows) for (const message of messages) this.#follow(message)
    const keys = new Set(order === 'key' ? messages.flatMap(({ key }) => (key === undefined ? [] : [key])) : [])
    for (const key of keys) {
      if (this.#busy.has(key)) this.#run.violated('key-order', `${name} has two calls with key ${key}`)
      this.#busy.add(key)
    }
    const answered = (): void => {
      for (const key of keys) this.#busy.delete(key)
    }
    const failed = (kind: ErrorKind, isLate = false): void => {
      answered()
      if (!follows || (kind === 'message' && messages.length === 1 && messages[0]!.attempt >= attempts)) return
      for (const message of messages) {
        if (message.stamp !== SETTLED && !isRetried(message))
          this.#awaitedOn(this.#lineOf(message)).set(message.id, {
            message,
            sequence: isLate || message.deadline !== undefined ? Infinity : sequenceOf(message), // It may expire.
          })
      }
    }
    const overdue = (): void => {
      if (!follows) return
      for (const message of messages)
        this.#awaitedOn(this.#lineOf(message)).set(message.id, { message, sequence: Infinity })
    }
    return { answered, overdue, failed }
  }

  /** A message that was in a call comes again. @param isLate others may have begun meanwhile. */
  comesAgain(message: Message, isLate: boolean): void {
    if (isLate) this.#run.oracle.displaced.add(message.id)
    if (isLate || isRetried(message)) return
    const sequence = message.deadline === undefined ? sequenceOf(message) : Infinity // It may have expired by then.
    this.#awaitedOn(this.#lineOf(message)).set(message.id, { message, sequence })
  }

  #follow(message: Message): void {
    const { name, order, concurrency } = this.#choice
    if (order === 'key' && message.key === undefined) return
    if (isRetried(message) || this.#run.oracle.isDisplaced(message)) return
    const line = this.#lineOf(message)
    const sequence = sequenceOf(message)
    const awaited = this.#awaitedOn(line)
    const last = this.#last.get(line) ?? -1
    const invariant = order === 'key' ? 'key-order' : 'order'
    if (awaited.delete(message.id)) {
      if (concurrency === 1) this.#last.set(line, sequence)
      return
    }
    if (sequence < last) this.#run.violated(invariant, `${name} got ${sequence} of ${line} after ${last}`)
    if (order === 'key' || concurrency === 1) this.#findOvertaken(line, sequence)
    this.#last.set(line, sequence)
  }

  /** One that has failed for good meanwhile will not come again. */
  #findOvertaken(line: string, sequence: number): void {
    const { name, order } = this.#choice
    for (const [id, { message, sequence: other }] of this.#awaitedOn(line)) {
      if (message.stamp === SETTLED || this.#run.oracle.isDisplaced(message)) this.#awaitedOn(line).delete(id)
      else if (other < sequence)
        this.#run.violated(
          order === 'key' ? 'key-order' : 'order',
          `${name} got ${sequence} of ${line} before ${other} had come again`,
        )
    }
  }

  #lineOf(message: Message): string {
    const [first] = leavesOf(message.data)
    return `${first!.root.split(':')[0]}/${this.#choice.order === 'key' ? message.key : ''}`
  }

  #awaitedOn(line: string): Map<string, Awaited> {
    let awaited = this.#awaited.get(line)
    if (awaited === undefined) this.#awaited.set(line, (awaited = new Map()))
    return awaited
  }
}

function sequenceOf({ data }: Message): number {
  return leavesOf(data)[0]!.sequence
}
