import type { Log } from '../core/component.ts'
import type { Env } from '../core/env.ts'
import { asError, SluiceError } from '../core/errors.ts'
import { Graph } from '../core/graph.ts'
import type { Report } from '../core/lifecycle.ts'
import type { PipelineSpec } from '../core/spec.ts'
import { INPUT_FAULTS } from '../kit/input-faults.ts'
import { START_TIMEOUT_MS, startTimeout } from './start-timeout.ts'
import { isGoodEnd } from './exit-codes.ts'
import { FailureLog } from './failure-log.ts'
import { hintFor } from './hints.ts'
import { withFields } from './plain-log.ts'
import type { PipelineFigures } from './metric-table.ts'
import type { PipelineReport } from './report.ts'
import { openingIn, statusOf, type PipelineStatus } from './status.ts'

/** One pipeline of the daemon: its graph, and what the process says about it. */
export class Pipeline {
  readonly spec: PipelineSpec
  readonly log: Log
  /** Resolves when it has ended, however it did. */
  readonly ended: Promise<PipelineReport>
  readonly #env: Env
  readonly #graph: Graph
  readonly #failures: FailureLog
  #hasOpened = false

  /** Makes the graph; opens nothing. @throws SLUICE_GRAPH_INVALID, SLUICE_COMPONENT_INVALID. */
  constructor(spec: PipelineSpec, { env, log }: { env: Env; log: Log }) {
    this.spec = spec
    this.#env = env
    this.log = withFields(log, { pipeline: spec.name })
    this.#failures = new FailureLog(this.log, env)
    this.#graph = new Graph(spec, {
      env,
      log: this.log,
      onMessageFailed: (node, message, error) => {
        if (!isGoodEnd(error)) this.#failures.add(node, message, error)
      },
    })
    this.ended = this.#graph.finishedReport.then((report) => this.#end(report))
  }

  /** Opens the nodes. @returns the error of the node that couldn't be opened, if there was one; it has been logged. */
  async open(): Promise<Error | undefined> {
    const { startTimeoutMs = START_TIMEOUT_MS } = this.spec
    const timer = this.#env.after(startTimeoutMs, () => this.#giveUp(startTimeoutMs))
    try {
      await this.#graph.start()
      this.#hasOpened = true
      return undefined
    } catch (error) {
      // Stopped while nodes were opening: no node is to blame.
      if (error instanceof SluiceError && error.code === 'SLUICE_PIPELINE_STOPPED') return undefined
      // What was given up is told as the end of the pipeline: its cause is what happened.
      const isGivenUp = error instanceof SluiceError && error.code === 'SLUICE_PIPELINE_FAILED'
      return asError(isGivenUp ? error.cause : error)
    } finally {
      timer.cancel()
    }
  }

  /** Drains within `stopTimeout`. */
  stop(): void {
    void this.#graph.stop()
  }

  get status(): PipelineStatus {
    return statusOf(this.#graph)
  }

  get figures(): PipelineFigures {
    return { name: this.spec.name, stats: this.#graph.stats() }
  }

  /** A component that never says that it is open must not keep the others waiting. */
  #giveUp(timeoutMs: number): void {
    const opening = openingIn(this.#graph)
    const [first] = opening
    if (first !== undefined) this.#graph.fail(this.#graph.node(first), startTimeout(opening, timeoutMs))
  }

  #end(report: Report): PipelineReport {
    this.#failures.close()
    if (!isGoodEnd(report.error)) {
      this.#logEnd(report)
      this.#logLeft(report)
    } else this.log.info(`ended: ${report.error?.message}`)
    return { ...report, pipeline: this.spec.name, hasOpened: this.#hasOpened, unanswered: this.#unanswered() }
  }

  #logEnd({ outcome, error, node }: Report): void {
    if (outcome === 'deadline') this.log.error(`the drain took longer than ${this.spec.stopTimeoutMs / 1000} s`)
    else if (outcome === 'failed') this.#logFailure(node, thrownIn(error))
    else this.log.info(outcome, this.#outcomes())
  }

  #logFailure(node: string | undefined, error: Error): void {
    const what = this.#hasOpened ? 'failed, and the pipeline with it' : "can't be opened"
    const { code } = error as NodeJS.ErrnoException
    // What isn't an error of ours or of the system is a mistake in a component: there a stack helps.
    const stack = code === undefined ? error.stack : undefined
    this.log.error(`${node} ${what}: ${error.message}`, { node, code, hint: hintFor(code), stack })
  }

  #logLeft({ left }: Report): void {
    const count = left.reduce((sum, { messages }) => sum + messages, 0)
    if (count === 0) return
    const nodes = left.map(({ node, messages }) => `${node} ${messages}`).join(', ')
    this.log.error(`${count} messages had no outcome and were failed back to where they came from: ${nodes}`, { left })
  }

  #outcomes() {
    let acked = 0
    let failed = 0
    for (const { ledger } of this.#graph.producers) {
      acked += ledger.acked
      failed += ledger.failed
    }
    return { acked, failed }
  }

  /** A producer that wants outcomes tells them on; whatever another one makes fails without anybody hearing of it. */
  #unanswered(): number {
    let count = 0
    for (const { plan, ledger, counters } of this.#graph.producers) {
      count += counters.own.get(INPUT_FAULTS) ?? 0
      if (!plan.component.outcomes) count += ledger.failed
    }
    return count
  }
}

/** What a component threw outside of its handlers comes wrapped. */
function thrownIn(error: Error | undefined): Error {
  const isWrapped = error instanceof SluiceError && error.code === 'SLUICE_NODE_FAILED' && error.cause !== undefined
  return asError(isWrapped ? error.cause : error)
}
