import type { ErrorKind } from '../../core/errors.ts'
import { SETTLED, type Message } from '../../core/message.ts'
import { leavesOf } from './oracle.ts'
import type { Run } from './run.ts'
import type { WorkerChoice } from './scenario.ts'

/** What a call that begins is told when it ends. */
export interface Watched {
  answered(): void
  /**
   * It failed; `place` where it is kept for as long as it takes.
   * @param isLate the kernel finds that out only when it looks at the answer: others may have begun by then.
   */
  failed(kind: ErrorKind, isLate?: boolean): void
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
  readonly #awaited = new Map<string, Map<string, number>>()

  constructor(run: Run, choice: WorkerChoice) {
    this.#run = run
    this.#choice = choice
  }

  /** A call begins. */
  began(messages: readonly Message[]): Watched {
    const { name, order, isOrdered, attempts } = this.#choice
    const follows = isOrdered && this.#run.oracle.unsure.size === 0
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
        if (message.stamp !== SETTLED)
          this.#awaitedOn(this.#lineOf(message)).set(message.id, isLate ? Infinity : sequenceOf(message))
      }
    }
    return { answered, failed }
  }

  #follow(message: Message): void {
    const { name, order, concurrency } = this.#choice
    if (order === 'key' && message.key === undefined) return
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
    const overtaken =
      order === 'key' || concurrency === 1 ? [...awaited.values()].find((other) => other < sequence) : undefined
    if (overtaken !== undefined)
      this.#run.violated(invariant, `${name} got ${sequence} of ${line} before ${overtaken} had come again`)
    this.#last.set(line, sequence)
  }

  #lineOf(message: Message): string {
    const [first] = leavesOf(message.data)
    return `${first!.root.split(':')[0]}/${this.#choice.order === 'key' ? message.key : ''}`
  }

  #awaitedOn(line: string): Map<string, number> {
    let awaited = this.#awaited.get(line)
    if (awaited === undefined) this.#awaited.set(line, (awaited = new Map()))
    return awaited
  }
}

function sequenceOf({ data }: Message): number {
  return leavesOf(data)[0]!.sequence
}
