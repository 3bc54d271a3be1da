import { hashOf } from './random.ts'
import type { ProducerChoice, Scenario, WorkerChoice } from './scenario.ts'

/** What a simulated message carries: where it comes from, and which child of which child it is. */
export interface Payload {
  /** `producer:sequence`. */
  readonly root: string
  readonly sequence: number
  readonly path: string
}

/** The payloads in a message: one, or those of a batch of batches. */
export function leavesOf(data: unknown): Payload[] {
  return Array.isArray(data) ? data.flatMap(leavesOf) : [data as Payload]
}

/** New data that says the same: handlers never change what they were given. */
export function copyOf(data: unknown): unknown {
  return Array.isArray(data) ? data.map(copyOf) : { ...(data as Payload) }
}

/** How many children a node makes of a payload: always the same, so that the model knows as well. */
function childCount(node: string, { root, path }: Payload, most: number): number {
  return hashOf(`${node}/${root}/${path}`) % (most + 1)
}

/** Whether a filter lets a payload through. */
export function passesFilter(node: string, { root, path }: Payload): boolean {
  return hashOf(`${node}/${root}/${path}`) % 4 !== 0
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
  /** When calls began that have not answered, by the messages that they have; ms. */
  readonly #callsOpen = new Map<string, Set<{ readonly since: number }>>()
  readonly #scenario: Scenario
  readonly #handled = new Map<string, number>()
  readonly #dropped = new Set<string>()
  readonly #readers = new Map<string, WorkerChoice[]>()

  readonly #violated: (invariant: string, detail: string) => void

  constructor(scenario: Scenario, violated: (invariant: string, detail: string) => void) {
    this.#scenario = scenario
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

  /** A call begins that will answer later. @returns what to call when it has. */
  callBegan(roots: readonly string[], since: number): () => void {
    const call = { since }
    const open = roots.map((root) => {
      const calls = this.#callsOpen.get(root) ?? new Set()
      this.#callsOpen.set(root, calls)
      return calls.add(call)
    })
    return () => {
      for (const calls of open) calls.delete(call)
    }
  }

  /** A call with this message took too long, and that it began before `latest` explains it. */
  timedOut(root: string, latest: number): void {
    for (const { since } of this.#callsOpen.get(root) ?? []) if (since <= latest) this.explained.add(root)
  }

  handled(consumer: string, data: unknown): void {
    for (const { root, path } of leavesOf(data)) {
      const key = `${consumer}/${root}/${path}`
      const times = (this.#handled.get(key) ?? 0) + 1
      this.#handled.set(key, times)
      if (times > this.#ways(root.split(':')[0]!, consumer) && !this.#mayRepeat(consumer))
        this.#violated('handled-once', `${consumer} handled ${root}${path} too often`)
    }
  }

  dropped(node: string, data: unknown): void {
    for (const { root, path } of leavesOf(data)) this.#dropped.add(`${node}/${root}/${path}`)
  }

  /** A producer's message has come to its end. */
  ended(root: string, outcome: Fate['outcome'], isDroppedFailure = false): void {
    if (this.fates.has(root)) this.#violated('one-outcome', `${root} has ended twice`)
    if (!this.admitted.has(root)) this.#violated('one-outcome', `${root} ended before it was admitted`)
    this.fates.set(root, { outcome })
    if (outcome === 'failed' || isDroppedFailure) {
      if (!this.#isExplained(root)) this.#violated('explained-failure', `${root} failed and no fault explains it`)
      return
    }
    const [producer, sequence] = root.split(':') as [string, string]
    const missing = this.#isExplained(root)
      ? undefined
      : this.#missingBelow(producer, { root, sequence: Number(sequence), path: '' })
    if (missing !== undefined) this.#violated('acked-means-handled', `${root} was acked, but ${missing}`)
  }

  /** Every admitted message must have an outcome by now. */
  finish(): void {
    for (const root of this.admitted)
      if (!this.fates.has(root)) this.#violated('nothing-lost', `${root} has no outcome`)
  }

  /** Also of an ack: `onFailure: drop` makes acks of failures. */
  #isExplained(root: string): boolean {
    return this.isAllExplained || this.explained.has(root)
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
      return this.#handled.has(`${name}/${payload.root}/${payload.path}`)
        ? undefined
        : `${name} has not handled ${payload.path || 'it'}`
    }
    for (const child of this.childrenOf(name, role, payload)) {
      const missing = this.#missingBelow(name, child)
      if (missing !== undefined) return missing
    }
    return undefined
  }

  /** What a stage gives for a payload. */
  childrenOf(node: string, role: WorkerChoice['role'], payload: Payload): Payload[] {
    if (role !== 'expand' && role !== 'pull' && role !== 'split' && role !== 'regroup') return [payload]
    const count = childCount(node, payload, role === 'pull' ? 6 : 3)
    return Array.from({ length: count }, (_, index) => ({ ...payload, path: `${payload.path}.${index}` }))
  }

  #wasDropped(node: string, { root, path }: Payload): boolean {
    return this.#dropped.has(`${node}/${root}/${path}`)
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
