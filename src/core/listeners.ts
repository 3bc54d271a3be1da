import type { Log } from './component.ts'
import { asError } from './errors.ts'
import type { GraphOptions } from './graph-options.ts'
import type { Scheduler } from './scheduler.ts'

/** A log for a graph that has none. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** How often it is logged that a listener throws. */
const INTERVAL_MS = 10_000

type Listeners = Required<
  Pick<GraphOptions, 'onMessageFailed' | 'onOpenRetry' | 'onLongTurn' | 'onCircuit' | 'onBreach'>
>

/** Who hears what happens in a graph. What a listener throws is its own: it is logged now and then, and changes nothing. */
export function listenersOf(
  options: GraphOptions,
  { log, scheduler }: { readonly log: Log; readonly scheduler: Pick<Scheduler, 'now'> },
): Listeners {
  const guarded = <A extends unknown[]>(name: string, listener: ((...told: A) => void) | undefined) => {
    let toldAt = -INTERVAL_MS
    return (...told: A): void => {
      try {
        listener?.(...told)
      } catch (error) {
        const { now } = scheduler
        if (now - toldAt < INTERVAL_MS) return
        toldAt = now
        warn(log, name, error)
      }
    }
  }
  return {
    onMessageFailed: guarded('onMessageFailed', options.onMessageFailed?.bind(options)),
    onOpenRetry: guarded('onOpenRetry', options.onOpenRetry?.bind(options)),
    onLongTurn: guarded('onLongTurn', options.onLongTurn?.bind(options)),
    onCircuit: guarded('onCircuit', options.onCircuit?.bind(options)),
    onBreach: guarded('onBreach', options.onBreach?.bind(options)),
  }
}

function warn(log: Log, name: string, thrown: unknown): void {
  try {
    log.warn(`\`${name}\` of the graph threw, which changes nothing`, { error: asError(thrown).message })
  } catch {
    // It may be the log itself that throws.
  }
}
