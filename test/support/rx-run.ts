import type { NodeSettings } from '../../src/core/spec.ts'
import definition, { rx } from '../../src/stages/rx.ts'
import { collect, feed, type Collection, type Feed } from './ends.ts'
import { ManualEnv } from './manual-env.ts'
import { line, type Line } from './pipeline.ts'
import type { NodeStats } from '../../src/core/stats.ts'

type Project = Parameters<typeof rx<number, unknown>>[0]

export interface RxLine extends Line {
  readonly env: ManualEnv
  readonly input: Feed
  readonly output: Collection
  readonly node: () => NodeStats
  /** Feeds values, which come in one call, and lets everything happen that takes no time. */
  push(...values: readonly number[]): Promise<void>
}

interface Given {
  readonly options?: Parameters<typeof rx>[1]
  readonly settings?: NodeSettings
  readonly output?: Collection
}

/** Operators between a feed and a consumer, on a clock of the test's. */
export async function started(
  project: Project,
  { options = {}, settings = {}, output = collect() }: Given = {},
): Promise<RxLine> {
  const env = new ManualEnv()
  const input = feed()
  const made = line([input, { component: definition, options: rx(project, options).options, settings }, output], env)
  void made.graph.start().catch(() => {}) // Its report says so as well.
  await env.settle()
  return {
    ...made,
    env,
    input,
    output,
    node: () => made.graph.stats().nodes.find(({ name }) => name === 'rx')!,
    push: async (...values) => {
      input.push(values)
      await env.settle()
    },
  }
}
