import type { Message } from '../../core/message.ts'
import { childrenOf, leavesOf, nameAt, type Payload } from './payload.ts'
import type { LetterStore } from './letter-store.ts'
import type { ProducerChoice, Scenario, WorkerChoice } from './scenario.ts'

interface OracleOptions {
  readonly scenario: Scenario
  readonly letters: LetterStore
  violated(invariant: string, detail: string): void
}

interface Fate {
  readonly outcome: 'acked' | 'failed'
}

/**
 * Knows what each message should come to. A message that is acked must have been handled by every consumer on its
 * way, or dropped there on purpose; a failure must be explained by a fault.
 */
export class Oracle {
  readonly admitted = new Set<string>()
  readonly fates = new Map<string, Fate>()
  /** Messages whose failure a fault explains; all, when the pipeline itself was ended. */
  readonly explained = new Set<string>()
  isAllExplained = false
  /** Edges that were cancelled at some time: who was subscribed when can't be told any more. */
  readonly unsure = new Set<string>()
  /** Whether a node may give the same children twice, because it was restarted. */
  isRepeating: (node: string) => boolean = () => false
  /** Messages whose letters were put back: they come once more. */
  readonly retried = new Set<string>()
  /** Messages, by id, that a consumer has held and given back: others went on meanwhile. */
  readonly displaced = new Set<string>()
  /** Messages whose children are made again, although some of them had gone on. */
  readonly repeated = new Set<string>()
  /** Messages whose calls may look like an outage while those of others don't. */
  readonly suspects = new Set<string>()
  readonly #scenario: Scenario
  readonly #letters: LetterStore
  readonly #handled = new Map<string, number>()
  /** What consumers have done, by `consumer/root/path`, whether or not the kernel knows of it. */
  readonly #effects = new Set<string>()
  /** Letters that were sent for each message. */
  readonly #sent = new Map<string, Set<string>>()
  readonly #dropped = new Set<string>()
  readonly #readers = new Map<string, WorkerChoice[]>()

  readonly #violated: (invariant: string, detail: string) => void

  constructor({ scenario, letters, violated }: OracleOptions) {
    this.#scenario = scenario
    this.#letters = letters
    this.#violated = violated
    for (const worker of scenario.workers) {
      for (const { name } of worker.from) {
        const readers = this.#readers.get(name)
        if (readers === undefined) this.#readers.set(name, [worker])
        else readers.push(worker)
      }
    }
  }

  explain(roots: readonly string[]): void {
    for (const root of roots) this.explained.add(root)
  }

  /** Children of these have gone on, and are made again. */
  repeats(roots: readonly string[]): void {
    for (const root of roots) this.repeated.add(root)
  }

  /** What comes from a letter comes from nowhere in the order; so does what is made anew, or was held and given back. */
  isDisplaced({ id, data }: Message): boolean {
    return this.displaced.has(id) || leavesOf(data).some(({ root }) => this.repeated.has(root))
  }

  /** A consumer has done its work. */
  effect(consumer: string, data: unknown): void {
    for (const leaf of leavesOf(data)) this.#effects.add(nameAt(consumer, leaf))
  }

  /** A letter is on its way to the store; these end well only when it has been written. */
  letterSent(roots: readonly string[], id: string): void {
    for (const root of roots) {
      const sent = this.#sent.get(root)
      if (sent === undefined) this.#sent.set(root, new Set([id]))
      else sent.add(id)
    }
  }

  /** For the kernel a consumer has handled a message. */
  handled(consumer: string, data: unknown): void {
    for (const leaf of leavesOf(data)) {
      const { root, path } = leaf
      const key = nameAt(consumer, leaf)
      const times = (this.#handled.get(key) ?? 0) + 1
      this.#handled.set(key, times)
      if (!this.#effects.has(key))
        this.#violated('acked-means-handled', `${consumer} is said to have handled ${root}${path}, and has not`)
      if (this.retried.has(root) || this.repeated.has(root)) continue
      if (times > this.#ways(root.split(':')[0]!, consumer) && !this.#mayRepeat(consumer))
        this.#violated('handled-once', `${consumer} handled ${root}${path} too often`)
    }
  }

  dropped(node: string, data: unknown): void {
    for (const leaf of leavesOf(data)) this.#dropped.add(nameAt(node, leaf))
  }

  /** A producer's message has come to its end. */
  ended(root: string, outcome: Fate['outcome'], isByPolicy = false): void {
    if (this.fates.has(root)) this.#violated('one-outcome', `${root} has ended twice`)
    if (!this.admitted.has(root)) this.#violated('one-outcome', `${root} ended before it was admitted`)
    this.fates.set(root, { outcome })
    if (outcome === 'acked') this.#checkLetters(root)
    if (outcome === 'failed' || isByPolicy) {
      if (!this.isExplained(root)) this.#violated('explained-failure', `${root} failed and no fault explains it`)
      return
    }
    const [producer, sequence] = root.split(':') as [string, string]
    const missing = this.isExplained(root)
      ? undefined
      : this.#missingBelow(producer, { root, sequence: Number(sequence), path: '' })
    if (missing !== undefined) this.#violated('acked-means-handled', `${root} was acked, but ${missing}`)
  }

  /** Every admitted message must have an outcome by now. */
  finish(): void {
    for (const root of this.admitted)
      if (!this.fates.has(root)) this.#violated('nothing-lost', `${root} has no outcome`)
  }

  /** The message of a letter that was put back has been acked by the node that had failed it. */
  retryEnded(node: string, data: unknown): void {
    const worker = this.#scenario.workers.find(({ name }) => name === node)!
    for (const leaf of leavesOf(data)) {
      const missing = this.#missingAt(worker, leaf)
      if (missing !== undefined)
        this.#violated('acked-means-handled', `the letter of ${leaf.root} was retried at ${node}, but ${missing}`)
    }
  }

  /** Whether a fault explains that this failed. Also of an ack: `onFailure: drop` makes acks of failures. */
  isExplained(root: string): boolean {
    return this.isAllExplained || this.explained.has(root)
  }

  #checkLetters(root: string): void {
    for (const id of this.#sent.get(root) ?? [])
      if (!this.#letters.wasWritten(id))
        this.#violated('letter-before-ack', `${root} was acked, and its letter ${id} is not stored`)
  }

  /** What keeps this payload, given out by `node`, from being handled everywhere; undefined when nothing does. */
  #missingBelow(node: string, payload: Payload): string | undefined {
    if (this.#wasDropped(node, payload)) return undefined
    const readers = this.#readers.get(node) ?? []
    const choice = this.#choice(node)
    const missing = readers.map((reader) =>
      this.unsure.has(`${node}/${reader.name}`) ? undefined : this.#missingAt(reader, payload),
    )
    if (choice.dispatch === 'broadcast') return missing.find((each) => each !== undefined)
    return missing.includes(undefined) ? undefined : missing[0]
  }

  #missingAt(worker: WorkerChoice, payload: Payload): string | undefined {
    const { name, role } = worker
    if (this.#wasDropped(name, payload)) return undefined
    if (worker.kind === 'consumer') {
      return this.#effects.has(nameAt(name, payload)) ? undefined : `${name} has not handled ${payload.path || 'it'}`
    }
    for (const child of childrenOf(name, role, payload)) {
      const missing = this.#missingBelow(name, child)
      if (missing !== undefined) return missing
    }
    return undefined
  }

  #wasDropped(node: string, payload: Payload): boolean {
    return this.#dropped.has(nameAt(node, payload))
  }

  #choice(node: string): ProducerChoice | WorkerChoice {
    const { producers, workers } = this.#scenario
    return [...producers, ...workers].find(({ name }) => name === node)!
  }

  /** How many ways lead from one node to another: a message may come by each of them. */
  #ways(from: string, to: string): number {
    if (from === to) return 1
    return (this.#readers.get(from) ?? []).reduce((sum, { name }) => sum + this.#ways(name, to), 0)
  }

  /** What one branch of a broadcast had not taken may go to another one that is subscribed when it has gone. */
  #mayRepeat(consumer: string): boolean {
    return this.unsure.size > 1 || [...this.#above(consumer)].some((name) => this.isRepeating(name))
  }

  #above(name: string, found = new Set<string>()): Set<string> {
    const worker = this.#scenario.workers.find((each) => each.name === name)
    for (const source of worker?.from ?? []) {
      found.add(source.name)
      this.#above(source.name, found)
    }
    return found
  }
}
