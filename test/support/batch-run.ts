import type { NodeSettings } from '../../src/core/spec.ts'
import batch from '../../src/stages/batch.ts'
import { collect, feed, type Collection, type Feed } from './ends.ts'
import { ManualEnv } from './manual-env.ts'
import { line, type Line } from './pipeline.ts'

export interface Value {
  readonly n: number
  readonly k?: string | number
}

export interface Run extends Line {
  readonly env: ManualEnv
  readonly input: Feed
  readonly output: Collection
  /** Batches so far, as lists of `n`. */
  readonly batches: () => number[][]
  /** Feeds values one by one. */
  push(...values: readonly Value[]): void
}

interface Given {
  readonly options?: object
  readonly settings?: NodeSettings
  readonly maxUnacked?: number
  readonly output?: Collection
}

/** A batch stage between a feed and a consumer, on a clock of the test's. */
export function start({ options = {}, settings = {}, maxUnacked, output = collect() }: Given): Run {
  const env = new ManualEnv()
  const input = feed(maxUnacked === undefined ? {} : { maxUnacked })
  const made = line([input, { component: batch, options, settings }, output], env)
  void made.graph.start()
  env.run()
  return {
    ...made,
    env,
    input,
    output,
    batches: () => output.values.map((data) => (data as Value[]).map(({ n }) => n)),
    push: (...pushed) => {
      for (const value of pushed) input.push([value])
      env.run()
    },
  }
}

/** `first`, `first + 1` … as values. */
export function values(count: number, first = 1, k?: string): Value[] {
  return Array.from({ length: count }, (_, index) => ({ n: first + index, ...(k === undefined ? {} : { k }) }))
}
