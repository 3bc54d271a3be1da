import type { NodeSettings } from '../../src/core/spec.ts'
import definition from '../../src/producers/observable.ts'
import { collect, type Collection } from './ends.ts'
import { ManualEnv } from './manual-env.ts'
import { line, type Line, type Part } from './pipeline.ts'

export interface ObservableRun extends Line {
  readonly env: ManualEnv
  /** What came to the end of the line. */
  readonly values: unknown[]
}

interface Given {
  readonly output?: Part & Partial<Collection>
  readonly settings?: NodeSettings
}

/** A started pipeline behind an observable. */
export async function started(
  options: object,
  { output = collect(), settings = {} }: Given = {},
): Promise<ObservableRun> {
  const env = new ManualEnv()
  const made = line([{ component: definition, options, settings }, output], env)
  void made.graph.start()
  await env.settle()
  return { ...made, env, values: output.values ?? [] }
}
