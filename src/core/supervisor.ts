import { pauseAfter, type Backoff } from './backoff.ts'
import { isConnectionError } from './connection-error.ts'
import type { Timer } from './env.ts'
import { asError, SluiceError } from './errors.ts'
import type { Host, Node } from './node.ts'
import type { Overflow } from './overflow.ts'
import type { Producer } from './producer.ts'
import { Worker } from './worker.ts'

/** Restarts of one node that are let pass, as OTP has it. */
const MOST_RESTARTS = { most: 3, withinMs: 5000 } as const
/** Between tries to open a node that can't reach what it needs. */
const OPENING: Backoff = { initialMs: 500, maxMs: 10_000 }

/** A component that doesn't let go in time has had its chance. */
const LETTING_GO_MS = 10_000
/** An outage after so long without one is a new one. */
const FORGOTTEN_MS = 60_000

/** What supervision needs of its graph. */
export interface Supervised extends Host {
  /** Nothing is opened or started again any more. */
  readonly isEnding: boolean
  onOpenRetry(node: Node): void
}

/**
 * Starts nodes again (D14). One that can't reach what it needs is opened again for as long as it takes, and keeps nobody
 * else from starting; one that throws outside of its handler is made anew, but not over and over: then it is a mistake
 * that a restart doesn't mend, and the pipeline fails.
 */
export class Supervisor {
  readonly #graph: Supervised
  readonly #limit: { readonly most: number; readonly withinMs: number }
  /** When each node was started again of late; monotonic ms. */
  readonly #restarts = new Map<Node, number[]>()
  /** Outages of nodes outside of their calls: how many in a row, and when the last one was; monotonic ms. */
  readonly #outages = new Map<Node, { readonly attempts: number; readonly at: number }>()
  readonly #timers = new Set<Timer>()

  constructor(graph: Supervised, limit: { readonly most: number; readonly withinMs: number } = MOST_RESTARTS) {
    this.#graph = graph
    this.#limit = limit
  }

  /** Opens a node, again and again while its connections fail; calls back when it is open, or with why it never will be. */
  open(node: Producer | Worker | Overflow, done: (error?: Error) => void): void {
    node.open((error) => {
      if (error === undefined || this.#graph.isEnding || !(isConnectionError(error) || hasPassing(error))) {
        node.opening = undefined
        return done(error)
      }
      const { env, now } = this.#graph.scheduler
      const attempts = (node.opening?.attempts ?? 0) + 1
      const pauseMs = pauseAfter(attempts, OPENING, env.random())
      node.opening = { attempts, error: error.message, retryAt: now + pauseMs }
      this.#graph.onOpenRetry(node)
      let isLetGo = false
      const again = (): void => {
        if (!isLetGo) this.#after(pauseMs, () => this.#openAgain(node, done))
        isLetGo = true
      }
      node.close(error, again)
      this.#after(LETTING_GO_MS, again)
    })
  }

  /** A node has thrown outside of its handler. */
  faulted(node: Node, error: Error): void {
    // A component that names what it can't do has thought about it: another instance could not either.
    if (!(node instanceof Worker) || error instanceof SluiceError) return this.#graph.fail(node, error)
    if (isConnectionError(error)) return this.outOfReach(node, error)
    const { most, withinMs } = this.#limit
    const { now } = this.#graph.scheduler
    const recent = (this.#restarts.get(node) ?? []).filter((at) => at > now - withinMs)
    this.#restarts.set(node, [...recent, now])
    if (recent.length >= most) {
      const text = `${node.name} was started again ${most} times within ${withinMs} ms and failed once more: ${error.message}`
      return this.#graph.fail(node, new SluiceError('SLUICE_NODE_FAILED', text, { cause: error }))
    }
    this.#graph.log.warn('node restarted', { node: node.name, error: error.message })
    node.restart()
  }

  /** An outage that no call can wait for: it was met in a flush, or by a timer. It doesn't count as a mistake (A3). */
  outOfReach(node: Node, error: Error): void {
    if (!(node instanceof Worker)) return this.#graph.fail(node, error)
    if (node.isFinished || node.lettingGo !== undefined) return
    const { env, now } = this.#graph.scheduler
    const last = this.#outages.get(node)
    const attempts = last === undefined || last.at < now - FORGOTTEN_MS ? 1 : last.attempts + 1
    this.#outages.set(node, { attempts, at: now })
    const pauseMs = pauseAfter(attempts, OPENING, env.random())
    node.opening = undefined
    node.restart({ pauseMs })
    node.opening = { attempts, error: error.message, retryAt: now + pauseMs }
    this.#graph.onOpenRetry(node)
  }

  /** The graph ends: nothing is tried again. */
  end(): void {
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  #openAgain(node: Producer | Worker | Overflow, done: (error?: Error) => void): void {
    if (this.#graph.isEnding) return
    try {
      node.create()
    } catch (error) {
      return done(asError(error))
    }
    this.open(node, done)
  }

  #after(delayMs: number, callback: () => void): void {
    if (this.#graph.isEnding) return
    const timer = this.#graph.scheduler.env.after(delayMs, () => {
      this.#timers.delete(timer)
      callback()
    })
    this.#timers.add(timer)
  }
}

/** What its component says will pass by itself, as a server that is loading, or the lease of another owner. */
function hasPassing(error: Error): boolean {
  return error instanceof SluiceError && error.passes
}
