import type { Message } from '../../core/message.ts'
import { leavesOf } from './oracle.ts'
import type { Run } from './run.ts'
import type { WorkerChoice } from './scenario.ts'

/** Watches the calls of one component instance: in `key` order, no key is ever in two of them. */
export class OrderWatch {
  readonly #choice: WorkerChoice
  readonly #run: Run
  readonly #busy = new Set<string>()
  /** The last sequence number that was seen of each producer, or of each producer's key. */
  readonly #last = new Map<string, number>()

  constructor(run: Run, choice: WorkerChoice) {
    this.#run = run
    this.#choice = choice
  }

  /** A call begins. @returns what to call when it has answered. */
  began(messages: readonly Message[]): () => void {
    const { name, order, isOrdered } = this.#choice
    if (isOrdered && this.#run.oracle.unsure.size === 0) for (const message of messages) this.#follow(message)
    if (order !== 'key') return () => {}
    const keys = new Set(messages.flatMap(({ key }) => (key === undefined ? [] : [key])))
    for (const key of keys) {
      if (this.#busy.has(key)) this.#run.violated('key-order', `${name} has two calls with key ${key}`)
      this.#busy.add(key)
    }
    return () => {
      for (const key of keys) this.#busy.delete(key)
    }
  }

  #follow(message: Message): void {
    const { name, order } = this.#choice
    if (order === 'key' && message.key === undefined) return
    const [first] = leavesOf(message.data)
    const line = `${first!.root.split(':')[0]}/${order === 'key' ? message.key : ''}`
    const last = this.#last.get(line) ?? -1
    if (first!.sequence < last) {
      const invariant = order === 'key' ? 'key-order' : 'order'
      this.#run.violated(invariant, `${name} got ${first!.sequence} of ${line} after ${last}`)
    }
    this.#last.set(line, first!.sequence)
  }
}
