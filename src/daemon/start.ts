import type { DefinedPipeline } from '../config/builder.ts'
import type { Log } from '../core/component.ts'
import { realEnv } from '../core/env.ts'
import { asError, SluiceError } from '../core/errors.ts'
import type { Graph } from '../core/graph.ts'
import type { PipelineSpec } from '../core/spec.ts'
import type { Signal } from '../kit/observable/signal.ts'
import type { AdminOptions, AdminServer } from './admin.ts'
import type { PipelineEvent } from './events.ts'
import { Faults } from './faults.ts'
import { specsOf, type Startable } from './startable.ts'
import { hintFor } from './hints.ts'
import { LoopWatch, TICK_MS } from './loop-watch.ts'
import { SILENT } from './plain-log.ts'
import type { Exposition, Metrics } from './metrics.ts'
import { Pauses } from './pauses.ts'
import { Pipeline } from './pipeline.ts'
import { Recordings } from './recordings/recordings.ts'
import type { PipelineReport } from './report.ts'
import type { OnEveryDaemon, PausedEverywhere, Running } from './running.ts'
import type { Sentinel, SentinelData } from './sentinel.ts'
import type { StartOptions } from './start-options.ts'
import type { PipelineStatus } from './status.ts'
import { withStoresKept } from './stored-before.ts'
import { Telemetry, type PipelineSnapshot } from './telemetry.ts'

/**
 * Runs pipelines. A pipeline whose nodes can't be opened fails, and takes no other one down.
 *
 *     const running = await start(pipeline)
 *     await running.finished
 *
 * @throws ConfigError where two pipelines want one name, port or file
 * @throws what kept the only pipeline, or all of them, from opening; it has been logged
 * @throws SLUICE_OVERFLOW_ORPHANED where a pipeline would leave behind what earlier runs of it have stored
 * @throws SLUICE_GRAPH_INVALID, SLUICE_COMPONENT_INVALID, SLUICE_ADMIN_LISTEN_FAILED, SLUICE_ADMIN_TOKEN_…
 */
export function start(pipelines: DefinedPipeline | readonly DefinedPipeline[], options?: StartOptions): Promise<Running>
/** @internal */
export function start(pipelines: Startable | readonly Startable[], options?: StartOptions): Promise<Running>
export async function start(pipelines: Startable | readonly Startable[], options: StartOptions = {}): Promise<Running> {
  const { log = SILENT, admin, signal, faults, quits, sentinel, onOpen, statsIntervalMs: intervalMs } = options
  try {
    const recordings = options.recordings === undefined ? undefined : new Recordings(options.recordings, log)
    const specs = await withStoresKept(specsOf(pipelines, log), log)
    const daemon = new Daemon(specs, { log, recordings, onOpen, intervalMs })
    quits?.heardBy(() => daemon.record())
    faults?.judgeBy((thrown, kind) => daemon.faults.judge(thrown, kind))
    if (admin !== undefined) await daemon.serve(admin)
    await daemon.open(signal)
    if (sentinel !== undefined) await daemon.watch(sentinel)
    return daemon
  } catch (error) {
    if (error instanceof OpenFailed) throw error.cause
    const { message, code } = asError(error) as NodeJS.ErrnoException
    log.error(`can't start: ${message}`, { code, hint: hintFor(code) })
    throw error
  }
}

/** No pipeline could be opened. Its cause has been logged. */
class OpenFailed extends Error {}

interface DaemonOptions {
  readonly log: Log
  readonly recordings: Recordings | undefined
  readonly onOpen: StartOptions['onOpen']
  readonly intervalMs: number | undefined
}

class Daemon implements Running {
  readonly finished: Promise<readonly PipelineReport[]>
  readonly faults: Faults
  readonly #pipelines: readonly Pipeline[]
  readonly #log: Log
  readonly #recordings: Recordings | undefined
  readonly #loopWatch: LoopWatch
  readonly #telemetry: Telemetry
  readonly #pauses: Pauses
  #sentinel: Sentinel | undefined
  #admin: AdminServer | undefined
  /** Loaded when somebody asks for them. */
  #metrics: Promise<Metrics> | undefined

  constructor(specs: readonly PipelineSpec[], { log, recordings, onOpen, intervalMs }: DaemonOptions) {
    const names = new Set(specs.map(({ name }) => name))
    if (names.size < specs.length) throw new SluiceError('SLUICE_GRAPH_INVALID', 'two pipelines have one name')
    this.#log = log
    this.#recordings = recordings
    const read = (): PipelineSnapshot[] => this.#pipelines.map(({ snapshot }) => snapshot)
    this.#telemetry = new Telemetry({ env: realEnv, log, intervalMs, read })
    const { tell } = this.#telemetry
    this.#pipelines = specs.map((spec) => new Pipeline(spec, { env: realEnv, log, recordings, onOpen, tell }))
    this.#pauses = new Pauses(this.#pipelines, realEnv)
    this.faults = new Faults(this.#pipelines, { env: realEnv, log })
    this.#loopWatch = new LoopWatch({ env: realEnv, log, unnamed: this.faults.unnamed })
    this.finished = this.#finish()
    for (const { ended } of this.#pipelines) void ended.then((report) => report.endsProcess && this.#endBy(report))
  }

  get adminUrl(): string | undefined {
    return this.#admin?.url
  }

  get events$(): Signal<PipelineEvent> {
    return this.#telemetry.events$
  }

  get stats$(): Signal<readonly PipelineSnapshot[]> {
    return this.#telemetry.stats$
  }

  get statuses(): readonly PipelineStatus[] {
    return this.#pipelines.map(({ spec, status }) => ({ ...status, group: this.#pauses.groupOf(spec.name) }))
  }

  pause(pipeline: string, node?: string): readonly string[]
  pause(pipeline: string, node: string | undefined, options: OnEveryDaemon): Promise<PausedEverywhere>
  pause(pipeline: string, node?: string, options?: OnEveryDaemon) {
    return this.#pauses[options?.all === true ? 'everywhere' : 'here']('pause', pipeline, node)
  }

  resume(pipeline: string, node?: string): readonly string[]
  resume(pipeline: string, node: string | undefined, options: OnEveryDaemon): Promise<PausedEverywhere>
  resume(pipeline: string, node?: string, options?: OnEveryDaemon) {
    return this.#pauses[options?.all === true ? 'everywhere' : 'here']('resume', pipeline, node)
  }

  stop(): Promise<readonly PipelineReport[]> {
    for (const pipeline of this.#pipelines) pipeline.stop()
    return this.finished
  }

  /** Keeps what every flight recorder remembers. */
  record(): void {
    this.#recordings?.keep(this.#pipelines.map((pipeline) => pipeline.record('SIGQUIT')))
  }

  async serve(options: AdminOptions): Promise<void> {
    const { startAdmin } = await import('./admin.ts')
    this.#admin = await startAdmin(options, {
      log: this.#log,
      statuses: () => this.statuses,
      troubles: () => this.faults.unnamed.troubles,
      metrics: () => this.#scrape(),
      record: (name) => this.#pipelines.find(({ spec }) => spec.name === name)?.record('dump'),
      pauses: this.#pauses,
      letters: { log: this.#log, env: realEnv, graphOf: (name) => this.#graphOf(name) },
    })
    this.#log.info('the admin server listens', { url: this.#admin.url })
  }

  async watch(log: SentinelData['log']): Promise<void> {
    const owners = this.#pipelines.flatMap((pipeline) => pipeline.owners)
    try {
      const { Sentinel } = await import('./sentinel.ts')
      this.#sentinel = new Sentinel(owners, log)
      void this.finished.then(() => this.#sentinel?.close())
    } catch (error) {
      // A Node.js may have no inspector, or no room for a thread: then the event loop is watched from inside only.
      this.#log.debug(`no thread watches the event loop: ${asError(error).message}`)
    }
  }

  async open(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return void this.stop()
    const stop = (): void => void this.stop()
    signal?.addEventListener('abort', stop)
    void this.finished.then(() => signal?.removeEventListener('abort', stop))
    this.#pauses.join()
    const errors = await Promise.all(this.#pipelines.map((pipeline) => pipeline.open()))
    const failures = errors.filter((error) => error !== undefined)
    if (failures.length === 0 || failures.length < this.#pipelines.length) return
    await this.finished
    throw new OpenFailed('no pipeline could be opened', { cause: failures[0] })
  }

  /** `onPipelineFailure: exit`: what still runs comes to its end first. */
  #endBy({ pipeline }: PipelineReport): void {
    const others = this.#pipelines.filter(({ spec, graph }) => spec.name !== pipeline && graph.state === 'running')
    if (others.length > 0) this.#log.warn(`${pipeline} has failed and takes the others with it: they are drained`)
    void this.stop()
  }

  #look(): void {
    const looks = this.#pipelines.map((pipeline) => pipeline.look())
    const longTurns = looks.reduce((sum, look) => sum + look.longTurns, 0)
    const unnamedTurns = looks.reduce((sum, look) => sum + look.unnamedTurns, 0)
    const calling = looks.flatMap((look) => look.calling)
    const sightings = this.#sentinel?.beat() ?? []
    for (const { owners, message } of this.#loopWatch.look({ longTurns, unnamedTurns, calling, sightings })) {
      for (const { pipeline, node } of owners) this.#pipeline(pipeline).noteBlocked(node, message)
    }
  }

  #graphOf(name: string): Graph | undefined {
    return this.#pipelines.find(({ spec }) => spec.name === name)?.graph
  }

  #pipeline(name: string): Pipeline {
    return this.#pipelines.find(({ spec }) => spec.name === name)!
  }

  async #scrape(): Promise<Exposition> {
    this.#metrics ??= import('./metrics.ts').then(({ Metrics }) => {
      return new Metrics(() => this.#pipelines.map(({ figures }) => figures), this.faults.unnamed)
    })
    return (await this.#metrics).scrape()
  }

  async #finish(): Promise<readonly PipelineReport[]> {
    // It only looks: it keeps no process alive.
    const tick = setInterval(() => this.#look(), TICK_MS).unref()
    const reports = await Promise.all(this.#pipelines.map(({ ended }) => ended))
    clearInterval(tick)
    await this.#pauses.leave()
    await this.#admin?.close()
    const metrics = await this.#metrics
    metrics?.close()
    this.#telemetry.end()
    return reports
  }
}
