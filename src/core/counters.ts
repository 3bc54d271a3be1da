/**
 * What a node counts. Plain numbers, added to once per array; read by whoever shows them. Nothing decides by them, so
 * that a module with empty methods can stand here to measure what counting costs.
 */
export class Counters {
  /** Messages taken in, and given out; of a consumer, those that it has acked. */
  in = 0
  out = 0
  /** Bytes in and out: the engine boxes a field that grows beyond 31 bits, but no element of such an array. */
  readonly #bytes = new Float64Array(2)
  /** Messages that failed here, by outcome of `onFailure`. */
  failed = 0
  /** Messages dropped on purpose, by reason (A2, D15). */
  readonly dropped = new Map<string, number>()
  /** The component's own. */
  readonly own = new Map<string, number>()
  /** Times the node was restarted (D14). */
  restarts = 0
  /** Calls that were made again (A3). */
  retries = 0
  /** Calls that took longer than their timeout (D13). */
  timeouts = 0
  /** Ms in turns, sampled; of an asynchronous node, of its calls, summed over slots. */
  workMs = 0

  /** What the messages were charged with. */
  get bytesIn(): number {
    return this.#bytes[0]!
  }
  get bytesOut(): number {
    return this.#bytes[1]!
  }

  /** Less than none where messages that were taken wait again. */
  took(count: number, bytes: number): void {
    this.in += count
    this.#bytes[0]! += bytes
  }

  gave(count: number, bytes: number): void {
    this.out += count
    this.#bytes[1]! += bytes
  }

  worked(ms: number): void {
    this.workMs += ms
  }

  drop(reason: string, count: number): void {
    addTo(this.dropped, reason, count)
  }

  add(name: string, count: number): void {
    addTo(this.own, name, count)
  }
}

/** Names beyond these, as a component makes them that puts data into a name, are counted together. */
const MOST_NAMES = 100
const OTHER = 'other'

function addTo(counts: Map<string, number>, given: string, count: number): void {
  const name = counts.size < MOST_NAMES || counts.has(given) ? given : OTHER
  counts.set(name, (counts.get(name) ?? 0) + count)
}
