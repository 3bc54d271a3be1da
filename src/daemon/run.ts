import type { Log } from '../core/component.ts'
import type { Env, Timer } from '../core/env.ts'
import { asError, SluiceError } from '../core/errors.ts'
import { Graph } from '../core/graph.ts'
import type { Report } from '../core/lifecycle.ts'
import type { PipelineSpec } from '../core/spec.ts'
import type { OpeningStats, PipelineStats } from '../core/stats.ts'
import { INPUT_FAULTS } from '../kit/input-faults.ts'
import { CircuitLog } from './circuit-log.ts'
import { Drain, drainSentence, type Outcomes } from './drain.ts'
import type { PipelineEvents } from './events.ts'
import { isGoodEnd } from './exit-codes.ts'
import { FailureLog } from './failure-log.ts'
import { hintFor } from './hints.ts'
import type { RunReport } from './report.ts'
import { START_TIMEOUT_MS, startTimeout } from './start-timeout.ts'
import { LongTurns } from './long-turns.ts'
import { Seldom } from './seldom.ts'
import { awaitedIn, openingIn } from './status.ts'
import type { TroubleTally } from './trouble-tally.ts'

/** How often it is told that a node can't be opened yet. */
const RETRY_LOG_MS = 30_000

export interface RunOptions {
  readonly env: Env
  /** Whose lines say which pipeline they are about. */
  readonly log: Log
  /** Where long turns are noted. */
  readonly happened: TroubleTally
  /** Who is told what happens in this life. */
  readonly events: PipelineEvents
  /** The kernel has made a mistake, at a node of this graph: it fails. */
  onBreach?(node: string, graph: Graph): void
}

/** One life of a pipeline: its graph, from opening to the end, and what the log says about it. */
export class Run {
  readonly graph: Graph
  /** Resolves when it has ended, however it did. */
  readonly ended: Promise<RunReport>
  /** Resolves when a node could not be opened and is tried again: nobody has to wait for this pipeline. */
  readonly awaits: Promise<undefined>
  /** When all nodes were open; monotonic ms. */
  openedAt: number | undefined
  readonly #spec: PipelineSpec
  readonly #env: Env
  readonly #log: Log
  readonly #failures: FailureLog
  readonly #events: PipelineEvents
  /** Outages at its nodes. */
  readonly circuits: CircuitLog
  readonly #retries = new Seldom(RETRY_LOG_MS)
  #drain: Drain | undefined
  #deadline: Timer | undefined
  #startTimer: Timer | undefined
  #beginAwaiting!: () => void

  /** Makes the graph; opens nothing. @throws SLUICE_GRAPH_INVALID, SLUICE_COMPONENT_INVALID. */
  constructor(spec: PipelineSpec, { env, log, happened, events, onBreach }: RunOptions) {
    this.#spec = spec
    this.#env = env
    this.#log = log
    this.#failures = new FailureLog(log, env)
    this.#events = events
    this.circuits = new CircuitLog(log, env)
    this.awaits = new Promise((resolve) => (this.#beginAwaiting = () => resolve(undefined)))
    const longTurns = new LongTurns({ env, log, happened })
    this.graph = new Graph(spec, {
      env,
      log,
      onOpenRetry: (node, opening) => this.#retried(node, opening),
      onLongTurn: (node, elapsedMs) => longTurns.add(node, elapsedMs),
      onBreach: (node) => onBreach?.(node, this.graph),
      onCircuit: (node, change) => {
        this.circuits.changed(node, change)
        events.circuit(node, change)
      },
      onMessageFailed: (node, message, error) => {
        if (!isGoodEnd(error)) this.#failures.add(node, message, error)
      },
    })
    this.ended = this.graph.finishedReport.then((report) => this.#end(report))
  }

  /** Tells what has happened since the last look; once a second. */
  look(stats: PipelineStats): void {
    this.#events.look(this.graph, stats)
  }

  get hasOpened(): boolean {
    return this.openedAt !== undefined
  }

  /** Opens the nodes. @returns the error of the node that couldn't be opened, if there was one; it has been logged. */
  async open(): Promise<Error | undefined> {
    this.#limitOpening()
    try {
      await this.graph.start()
      this.openedAt = this.#env.now()
      this.#events.started(this.graph)
      return undefined
    } catch (error) {
      // Stopped while nodes were opening: no node is to blame.
      if (error instanceof SluiceError && error.code === 'SLUICE_PIPELINE_STOPPED') return undefined
      // What was given up is told as the end of the pipeline: its cause is what happened.
      const isGivenUp = error instanceof SluiceError && error.code === 'SLUICE_PIPELINE_FAILED'
      return asError(isGivenUp ? error.cause : error)
    } finally {
      this.#startTimer?.cancel()
    }
  }

  /** Drains within `stopTimeout`. */
  stop(): void {
    if (this.graph.state === 'running' && this.#drain === undefined) {
      const drain = new Drain(this.#outcomes(), this.#env.now())
      this.#drain = drain
      this.#events.draining()
      // Before the timer of the graph, which is set right after this one.
      this.#deadline = this.#env.after(this.#spec.stopTimeoutMs, () => (drain.waitedFor = unfinishedIn(this.graph)))
    }
    void this.graph.stop()
  }

  /** A component that never says that it is open must not keep the others waiting. One that says why it isn't may try on. */
  #limitOpening(): void {
    const { startTimeoutMs = START_TIMEOUT_MS } = this.#spec
    this.#startTimer = this.#env.after(startTimeoutMs, () => {
      const awaited = new Set(awaitedIn(this.graph.stats()).map(({ node }) => node))
      const hung = openingIn(this.graph).filter((node) => !awaited.has(node))
      const [first] = hung
      if (first !== undefined) this.graph.fail(this.graph.node(first), startTimeout(hung, startTimeoutMs))
      else this.#limitOpening()
    })
  }

  #retried(node: string, { attempts, error, retryInMs }: OpeningStats): void {
    this.#beginAwaiting()
    if (this.#retries.take(node, this.#env.now()) === undefined) return
    const times = attempts === 1 ? 'once' : `${attempts} times`
    const text = `${node} can't be opened yet, tried ${times}: ${error}; the next try is in ${(retryInMs / 1000).toFixed(1)} s`
    this.#log.warn(text, { node, attempts })
  }

  #end(report: Report): RunReport {
    this.#deadline?.cancel()
    this.#failures.close()
    this.circuits.close()
    this.#events.ended(this.graph, report)
    const drain = this.#drain?.report(this.#outcomes(), this.#env.now(), report)
    const ended = { ...report, hasOpened: this.hasOpened, unanswered: this.#unanswered(), drain }
    if (isGoodEnd(report.error)) this.#log.info(`ended: ${report.error?.message}`)
    else if (report.outcome === 'failed') this.#logFailure(report)
    else this.#logEnd(ended)
    return ended
  }

  #logEnd({ outcome, drain, left, ...report }: RunReport): void {
    const outcomes = this.#outcomes()
    if (drain === undefined) return this.#log.info(outcome, outcomes)
    const sentence = drainSentence(drain, { ...report, outcome, left }, this.#spec.stopTimeoutMs)
    this.#log[outcome === 'stopped' ? 'info' : 'error'](sentence, { ...outcomes, drain, left })
  }

  #logFailure({ node, error: thrown, left }: Report): void {
    const error = thrownIn(thrown)
    const what = this.hasOpened ? 'failed, and the pipeline with it' : "can't be opened"
    const { code } = error as NodeJS.ErrnoException
    // What isn't an error of ours or of the system is a mistake in a component: there a stack helps.
    const stack = code === undefined ? error.stack : undefined
    this.#log.error(`${node} ${what}: ${error.message}`, { node, code, hint: hintFor(code), stack })
    const count = left.reduce((sum, { messages }) => sum + messages, 0)
    if (count === 0) return
    const nodes = left.map(({ node: name, messages }) => `${name} ${messages}`).join(', ')
    this.#log.error(`${count} messages had no outcome and were failed back to where they came from: ${nodes}`, { left })
  }

  #outcomes(): Outcomes {
    const { acked, failed } = this.graph.stats()
    return { acked, failed }
  }

  /** A producer that wants outcomes tells them on; whatever another one makes fails without anybody hearing of it. */
  #unanswered(): number {
    let count = 0
    for (const { plan, ledger, counters } of this.graph.producers) {
      count += counters.own.get(INPUT_FAULTS) ?? 0
      if (!plan.component.outcomes) count += ledger.failed
    }
    return count
  }
}

/** The first node on the way that has not come to its end. */
function unfinishedIn({ nodes }: Graph): string | undefined {
  return [...nodes.values()].find(({ isFinished }) => !isFinished)?.name
}

/** What a component threw outside of its handlers comes wrapped. */
function thrownIn(error: Error | undefined): Error {
  const isWrapped = error instanceof SluiceError && error.code === 'SLUICE_NODE_FAILED' && error.cause !== undefined
  return asError(isWrapped ? error.cause : error)
}
