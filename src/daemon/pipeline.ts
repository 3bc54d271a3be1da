import type { Log } from '../core/component.ts'
import type { Env, Timer } from '../core/env.ts'
import { asError } from '../core/errors.ts'
import type { Graph } from '../core/graph.ts'
import type { Recording } from '../core/recording.ts'
import { DEAD_LETTERS } from '../core/letter.ts'
import type { OnPipelineFailure, PipelineSpec } from '../core/spec.ts'
import { announceGraph } from '../overflow/letters/running-graphs.ts'
import { pairStatsOf } from '../overflow/pair/pair-stats.ts'
import { originsOf } from '../registry/origins.ts'
import type { Owner } from './attribution.ts'
import { Backoff } from './backoff.ts'
import { PipelineEvents, type PipelineEvent } from './events.ts'
import type { PipelineFigures } from './figures.ts'
import type { Look } from './loop-watch.ts'
import { OperatorPauses } from './operator-pauses.ts'
import { outagesIn } from './outages.ts'
import { overflowTroublesIn } from './overflow-status.ts'
import { pairTroublesIn } from './pair-status.ts'
import { withFields } from './plain-log.ts'
import { recordingOf, type Occasion, type Recordings } from './recordings/recordings.ts'
import type { PipelineReport, RunReport } from './report.ts'
import { Run } from './run.ts'
import { lettersStatusOf, statusOf, type OwnStatus } from './status.ts'
import type { PipelineSnapshot } from './telemetry.ts'
import { TroubleTally } from './trouble-tally.ts'
import { Watchdog } from './watchdog.ts'

interface PipelineOptions {
  readonly env: Env
  readonly log: Log
  /** Where is kept what the flight recorder remembers, when something goes wrong. */
  readonly recordings?: Recordings | undefined
  /** All of its nodes are open, for the first time. */
  readonly onOpen?: ((pipeline: string) => void) | undefined
  /** Is told what happens. */
  tell?(event: PipelineEvent): void
}

/**
 * One pipeline of the daemon. What becomes of it when it has failed as a whole, after all of its nodes were open once,
 * is its `onPipelineFailure`:
 *
 *     running ─▶ failed ─▶ ended                       stop, exit
 *        ▲         └─▶ waiting, 1 s to a minute ─┐     restart
 *        └───────────────── a fresh graph ◀──────┘
 */
export class Pipeline {
  readonly spec: PipelineSpec
  readonly log: Log
  /** What somebody has paused. */
  readonly pauses: OperatorPauses
  /** Resolves when it has ended for good, however it did. */
  readonly ended: Promise<PipelineReport>
  /** What its nodes threw outside of handlers, and turns that took long. */
  readonly happened = new TroubleTally()
  readonly #watchdog: Watchdog
  readonly #env: Env
  readonly #tell: (event: PipelineEvent) => void
  readonly #policy: OnPipelineFailure
  readonly #recordings: Recordings | undefined
  readonly #onOpen: PipelineOptions['onOpen']
  readonly #backoff = new Backoff()
  #run: Run
  #restarts = 0
  /** Failures without an answer of the lives before this one. */
  #unanswered = 0
  /** It has run at least once: what fails before is a mistake that waiting doesn't mend. */
  #hasOpened = false
  #isStopping = false
  /** Why it waits to be started again, and until when. */
  #waiting: { readonly report: RunReport; readonly timer: Timer; readonly dueAt: number } | undefined
  #resolve!: (report: PipelineReport) => void

  /** Makes the graph; opens nothing. @throws SLUICE_GRAPH_INVALID, SLUICE_COMPONENT_INVALID. */
  constructor(spec: PipelineSpec, { env, log, recordings, onOpen, tell = () => {} }: PipelineOptions) {
    this.spec = spec
    this.log = withFields(log, { pipeline: spec.name })
    this.pauses = new OperatorPauses(spec, this.log)
    this.ended = new Promise((resolve) => (this.#resolve = resolve))
    this.#env = env
    this.#tell = tell
    this.#policy = spec.onPipelineFailure ?? 'stop'
    this.#recordings = recordings
    this.#onOpen = onOpen
    this.#watchdog = new Watchdog({
      env,
      log: this.log,
      onStall: (said) => recordings?.keep([this.record('stall', said)]),
    })
    this.#run = this.#makeRun()
    // Letters that somebody keeps for us come back by it.
    void this.ended.then(announceGraph(spec.name, () => this.graph))
  }

  /**
   * Opens the nodes. Resolves when they are open, and before where one of them has to be tried again.
   *
   * @returns the error of the node that couldn't be opened, if there was one; it has been logged
   */
  async open(): Promise<Error | undefined> {
    let hasAwaited = false
    const run = this.#run
    const opened = run.open().then((error) => {
      if (!run.hasOpened) return error
      if (hasAwaited) this.log.info('every node is open now')
      if (!this.#hasOpened) this.#onOpen?.(this.spec.name)
      this.#hasOpened = true
      return error
    })
    const awaits = run.awaits.then(() => void (hasAwaited = true))
    return await Promise.race([opened, awaits])
  }

  /** Drains within `stopTimeout`. */
  stop(): void {
    this.#isStopping = true
    if (this.#waiting === undefined) return this.#run.stop()
    const { timer, report } = this.#waiting
    timer.cancel()
    this.#end(report)
  }

  /** Looks how its nodes get on; once a second. */
  look(): Pick<Look, 'longTurns' | 'unnamedTurns' | 'calling'> {
    const stats = this.graph.stats()
    this.#watchdog.look(stats)
    this.#run.look(stats)
    const calling = stats.nodes.filter(({ calls }) => calls > 0).map(({ name }) => `${name} of ${this.spec.name}`)
    const { happened } = this
    return { longTurns: happened.totalOf('blocked-loop'), unnamedTurns: happened.countOf('blocked-loop'), calling }
  }

  /** A node was seen while it kept the event loop. */
  noteBlocked(node: string, message: string): void {
    this.happened.add({ kind: 'blocked-loop', node, message, at: this.#env.date() })
  }

  /** Fails as a whole, because of a node. Does nothing where it has ended. */
  fail(node: string, error: Error): void {
    this.graph.fail(this.graph.node(node), error)
  }

  /** What its flight recorder remembers, and how everything stands. */
  record(occasion: Occasion, said?: string): Recording {
    return recordingOf(this.graph, occasion, said)
  }

  /** Its nodes, and where their code stands. */
  get owners(): readonly Owner[] {
    const { name: pipeline, nodes, deadLetters } = this.spec
    const keeper = deadLetters === undefined ? [] : [{ name: DEAD_LETTERS, component: deadLetters.component }]
    return [...nodes, ...keeper].map(({ name: node, component }) => ({ pipeline, node, origins: originsOf(component) }))
  }

  get graph(): Graph {
    return this.#run.graph
  }

  get status(): OwnStatus {
    const dueInMs = this.#waiting && Math.max(0, Math.round(this.#waiting.dueAt - this.#env.now()))
    const stats = this.graph.stats()
    const date = this.#env.date()
    const pairs = pairStatsOf(this.spec.name, date)
    const now = [...outagesIn(stats, date), ...overflowTroublesIn(stats, date), ...pairTroublesIn(pairs, date)]
    return {
      ...statusOf(this.graph, stats, pairs),
      restarts: this.#restarts,
      startsAgainInMs: dueInMs ?? null,
      takes: this.graph.state === 'running' && !this.pauses.isWhole,
      paused: this.pauses.nodes,
      nodes: this.#watchdog.states,
      troubles: [...now, ...this.#watchdog.troubles, ...this.happened.troubles],
    }
  }

  get snapshot(): PipelineSnapshot {
    return { pipeline: this.spec.name, at: this.#env.date(), restarts: this.#restarts, stats: this.graph.stats() }
  }

  get figures(): PipelineFigures {
    const { happened } = this
    const { states } = this.#watchdog
    const { name } = this.spec
    const letters = lettersStatusOf(name)
    const openingsOf = (node: string): number => this.#run.circuits.openingsOf(node)
    const pairs = pairStatsOf(name, this.#env.date())
    return { name, stats: this.graph.stats(), restarts: this.#restarts, happened, states, openingsOf, letters, pairs }
  }

  #makeRun(): Run {
    const run = new Run(this.spec, {
      env: this.#env,
      log: this.log,
      happened: this.happened,
      events: new PipelineEvents({ pipeline: this.spec.name, env: this.#env, tell: this.#tell }),
      onBreach: (node, graph) =>
        this.#recordings?.keep([recordingOf(graph, 'breach', `Sluice made a mistake at ${node}`)]),
    })
    void run.ended.then((report) => this.#ended(report))
    this.pauses.applyTo(run.graph)
    return run
  }

  #ended(report: RunReport): void {
    const mayRestart = this.#policy === 'restart' && this.#hasOpened && !this.#isStopping
    if (report.outcome === 'failed' && mayRestart) this.#wait(report)
    else this.#end(report)
  }

  #wait(report: RunReport): void {
    const now = this.#env.now()
    const delayMs = this.#backoff.next(now - (this.#run.openedAt ?? now))
    const timer = this.#env.after(delayMs, () => void this.#restart(report))
    this.#waiting = { report, timer, dueAt: now + delayMs }
    this.log.warn(`starts again in ${delayMs / 1000} s`, { restarts: this.#restarts, inMs: delayMs })
  }

  /** With new components: what the old ones knew may be what made them fail. */
  async #restart(report: RunReport): Promise<void> {
    this.#waiting = undefined
    this.#restarts++
    this.#unanswered += report.unanswered
    try {
      this.#run = this.#makeRun()
    } catch (error) {
      this.log.error(`can't be made again: ${asError(error).message}`, { stack: asError(error).stack })
      return this.#wait({ ...report, unanswered: 0 })
    }
    await this.open()
    if (this.#run.hasOpened && !this.#isStopping) this.log.info('runs again', { restarts: this.#restarts })
  }

  #end(report: RunReport): void {
    this.#resolve({
      ...report,
      pipeline: this.spec.name,
      unanswered: report.unanswered + this.#unanswered,
      restarts: this.#restarts,
      endsProcess: report.outcome === 'failed' && this.#policy === 'exit',
    })
  }
}
