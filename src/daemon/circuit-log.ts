import type { CircuitChange } from '../core/circuit.ts'
import type { Log } from '../core/component.ts'
import type { Env, Timer } from '../core/env.ts'
import { printable } from '../kit/text.ts'

/** After an outage was told, others of the same node are told together, so often. */
const INTERVAL_MS = 30_000
const LONGEST_ERROR = 500

/** What is known of the circuit of a node that has been open. */
interface Known {
  /** How often it has opened since the start. */
  openings: number
  /** Of those, how many have not been told. */
  untold: number
  told: CircuitChange['state']
  latest: CircuitChange
  /** Until it fires, no other outage of the node is told. */
  timer: Timer | undefined
}

/**
 * Logs when the place behind a node stops working, and when it works again. A circuit that opens and closes all the time
 * is told once, and then every 30 seconds how often it did, and how it is at that moment.
 */
export class CircuitLog {
  readonly #log: Log
  readonly #env: Env
  readonly #known = new Map<string, Known>()

  constructor(log: Log, env: Env) {
    this.#log = log
    this.#env = env
  }

  /** How often the circuit of a node has opened. */
  openingsOf(node: string): number {
    return this.#known.get(node)?.openings ?? 0
  }

  changed(node: string, change: CircuitChange): void {
    const known = this.#known.get(node) ?? { openings: 0, untold: 0, told: 'closed', latest: change, timer: undefined }
    this.#known.set(node, known)
    known.latest = change
    if (change.state === 'opened') known.openings++
    const isQuiet = known.timer !== undefined
    if (isQuiet && change.state === 'opened') known.untold++
    // The end of the outage that was told belongs to it.
    else if (!isQuiet || (known.untold === 0 && known.told === 'opened')) this.#tell(node, known)
  }

  /** Tells what has not been told, for a graph that ends. */
  close(): void {
    for (const [node, known] of this.#known) {
      known.timer?.cancel()
      known.timer = undefined
      if (known.untold > 0) this.#write(node, known)
    }
  }

  #tell(node: string, known: Known): void {
    this.#write(node, known)
    known.timer ??= this.#env.after(INTERVAL_MS, () => {
      known.timer = undefined
      if (known.untold > 0) this.#tell(node, known)
    })
  }

  #write(node: string, known: Known): void {
    const { latest, untold } = known
    const more = untold === 0 ? '' : ` (${untold} ${untold === 1 ? 'outage' : 'outages'} since this was last told)`
    const error = printable(latest.error, LONGEST_ERROR)
    known.told = latest.state
    known.untold = 0
    if (latest.state === 'opened') {
      const text = `the place behind ${node} doesn't work, so that it asks for nothing: ${error}${more}`
      return this.#log.warn(text, { node, error })
    }
    const { failures, openMs } = latest
    const tries = failures === 1 ? '1 call' : `${failures} calls`
    const text = `the place behind ${node} works again after ${Math.round(openMs / 100) / 10} s: ${tries} had failed in a row`
    this.#log.info(`${text}, the last one with: ${error}${more}`, { node, error, openMs: Math.round(openMs), failures })
  }
}
