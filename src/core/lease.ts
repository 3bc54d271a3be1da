import type { Clock, Log, NodeContext } from './component.ts'
import type { Timer } from './env.ts'
import { SluiceError } from './errors.ts'
import { runHook, type Node } from './node.ts'

/** A log whose every line says which node it is from. */
function withNode(log: Log, node: string): Log {
  return {
    debug: (message, fields) => log.debug(message, { node, ...fields }),
    info: (message, fields) => log.info(message, { node, ...fields }),
    warn: (message, fields) => log.warn(message, { node, ...fields }),
    error: (message, fields) => log.error(message, { node, ...fields }),
  }
}

/** What a component instance is lent; when the instance ends, its timers are cancelled and its verbs refuse. */
export class Lease {
  isLive = true
  readonly #node: Node
  readonly #timers = new Set<Timer>()

  constructor(node: Node) {
    this.#node = node
  }

  /** The part of the context that all kinds of node have. */
  context(): NodeContext {
    const { host, counters, name } = this.#node
    const { env } = host.scheduler
    return {
      pipeline: host.pipeline,
      node: name,
      log: withNode(host.log, name),
      clock: this.#clock(),
      random: () => env.random(),
      metrics: { add: (metric, count = 1) => counters.add(metric, count) },
    }
  }

  /** Makes a verb that refuses once the instance has ended. @throws SLUICE_NODE_STOPPED then. */
  verb<A extends unknown[], R>(verb: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      if (!this.isLive) throw new SluiceError('SLUICE_NODE_STOPPED')
      return verb(...args)
    }
  }

  end(): void {
    this.isLive = false
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  #clock(): Clock {
    const { env } = this.#node.host.scheduler
    return {
      now: () => env.now(),
      date: () => env.date(),
      after: (delayMs, callback) => {
        if (!this.isLive) return { cancel: () => {} }
        const timer = env.after(delayMs, () => {
          this.#timers.delete(timer)
          runHook(callback, ignore, (error) => {
            if (this.isLive) this.#node.host.faulted(this.#node, error)
          })
        })
        this.#timers.add(timer)
        return {
          cancel: () => {
            timer.cancel()
            this.#timers.delete(timer)
          },
        }
      },
    }
  }
}

function ignore(): void {}
