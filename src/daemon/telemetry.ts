import type { Log } from '../core/component.ts'
import type { Env, Timer } from '../core/env.ts'
import { asError } from '../core/errors.ts'
import type { PipelineStats } from '../core/stats.ts'
import { Emitter } from '../kit/observable/signal.ts'
import type { PipelineEvent } from './events.ts'

/** Events that are told to whoever subscribes later: the start is over before there is anything to subscribe to. */
const REMEMBERED_EVENTS = 256

const INTERVAL = { defaultMs: 1000, minMs: 10, maxMs: 3_600_000 }

/** The figures of a pipeline at a moment. */
export interface PipelineSnapshot {
  readonly pipeline: string
  /** Wall clock; ms since 1970. */
  readonly at: number
  /** How often it was started again after it had failed. */
  readonly restarts: number
  readonly stats: PipelineStats
}

interface TelemetryOptions {
  readonly env: Pick<Env, 'after'>
  readonly log: Log
  readonly intervalMs?: number | undefined
  /** The figures of all pipelines now. */
  read(): readonly PipelineSnapshot[]
}

/**
 * What can be subscribed to of pipelines that run. Figures are read while somebody listens, and else not at all. An
 * observer that throws is told so in the log, and disturbs nobody.
 */
export class Telemetry {
  readonly events$ = new Emitter<PipelineEvent>({
    remembers: REMEMBERED_EVENTS,
    threw: (error) => this.#report('events$', [error]),
  })
  readonly stats$: Emitter<readonly PipelineSnapshot[]>
  readonly #options: TelemetryOptions
  readonly #intervalMs: number
  #timer: Timer | undefined

  /** @throws RangeError for an interval beyond its limits. */
  constructor(options: TelemetryOptions) {
    const { intervalMs = INTERVAL.defaultMs, read } = options
    const { minMs, maxMs } = INTERVAL
    if (!(intervalMs >= minMs && intervalMs <= maxMs))
      throw new RangeError(`\`statsIntervalMs\` is from ${minMs} to ${maxMs}, not ${String(intervalMs)}`)
    this.#options = options
    this.#intervalMs = intervalMs
    this.stats$ = new Emitter({
      first: read,
      observed: (isObserved) => this.#observe(isObserved),
      threw: (error) => this.#report('stats$', [error]),
    })
  }

  readonly tell = (event: PipelineEvent): void => {
    this.#report('events$', this.events$.next(event))
  }

  /** All pipelines have ended: the last figures, and no more. */
  end(): void {
    this.#timer?.cancel()
    if (this.stats$.isObserved) this.#report('stats$', this.stats$.next(this.#options.read()))
    this.stats$.complete()
    this.events$.complete()
  }

  #observe(isObserved: boolean): void {
    this.#timer?.cancel()
    this.#timer = isObserved ? this.#options.env.after(this.#intervalMs, () => this.#tick()) : undefined
  }

  #tick(): void {
    this.#observe(true)
    this.#report('stats$', this.stats$.next(this.#options.read()))
  }

  #report(name: string, thrown: readonly unknown[]): void {
    for (const error of thrown)
      this.#options.log.warn(`an observer of \`${name}\` threw, which changes nothing`, {
        error: asError(error).message,
      })
  }
}
