import { Counter, Gauge, Registry } from 'prom-client'
import { watchLoopLag, type LoopLag } from './loop-lag.ts'
import { memoryBudget } from './memory.ts'
import type { Metric, Sample } from './metric-family.ts'
import type { PipelineFigures, ProcessFigures, Snapshot } from './figures.ts'
import { METRIC_FAMILIES } from './metric-table.ts'
import { TroubleTally } from './trouble-tally.ts'
import { version } from './version.ts'

export interface Exposition {
  readonly contentType: string
  readonly text: string
}

/** Shows the figures of the table as Prometheus reads them. Between scrapes it does nothing but watch the event loop. */
export class Metrics {
  readonly #pipelines: () => readonly PipelineFigures[]
  readonly #unnamed: ProcessFigures['unnamed']
  readonly #registry = new Registry()
  readonly #lag: LoopLag = watchLoopLag()
  readonly #fills: readonly ((snapshot: Snapshot) => void)[]
  readonly #constant = { memoryBudgetBytes: memoryBudget(), version: version(), nodeVersion: process.version }

  /** @param unnamed what nobody could be named for. */
  constructor(pipelines: () => readonly PipelineFigures[], unnamed: ProcessFigures['unnamed'] = new TroubleTally()) {
    this.#pipelines = pipelines
    this.#unnamed = unnamed
    this.#fills = METRIC_FAMILIES.flatMap(({ metrics }) => metrics.map((metric) => this.#fillOf(metric)))
  }

  /** Everything is read and written down before anything else can happen: scrapes at the same time don't mix. */
  async scrape(): Promise<Exposition> {
    const snapshot = this.#snapshot()
    for (const fill of this.#fills) fill(snapshot)
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() }
  }

  close(): void {
    this.#lag.close()
  }

  #fillOf({ name, type, help, labels, samples }: Metric<Snapshot>): (snapshot: Snapshot) => void {
    const shown = { name, help, labelNames: [...labels], registers: [this.#registry] }
    const metric = type === 'counter' ? new Counter(shown) : new Gauge(shown)
    const shownValue = type === 'counter' ? highest() : ({ value }: Sample) => value
    return (snapshot) => {
      metric.reset()
      const restarts = snapshot.pipelines.reduce((sum, pipeline) => sum + pipeline.restarts, 0)
      for (const sample of samples(snapshot)) metric.inc(sample.labels, shownValue(sample, restarts))
    }
  }

  #snapshot(): Snapshot {
    return {
      pipelines: this.#pipelines(),
      process: {
        ...this.#constant,
        unnamed: this.#unnamed,
        loopLagSeconds: this.#lag.take(),
        memory: process.memoryUsage(),
      },
    }
  }
}

/**
 * The highest value that each series has had. Messages that wait again were not taken, for the moment; but to Prometheus
 * a counter that becomes less has started again from nothing, as those of a pipeline do that was started again.
 */
function highest(): (sample: Sample, restarts: number) => number {
  const values = new Map<string, number>()
  let known = 0
  return ({ labels, value }, restarts) => {
    if (restarts > known) values.clear()
    known = restarts
    const series = Object.values(labels).join('\n')
    const shown = Math.max(value, values.get(series) ?? 0)
    values.set(series, shown)
    return shown
  }
}
