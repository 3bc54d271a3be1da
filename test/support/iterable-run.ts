import definition from '../../src/producers/iterable.ts'
import { collect, type Collection } from './ends.ts'
import { ManualEnv } from './manual-env.ts'
import { line, type Line, type Part } from './pipeline.ts'

export interface IterableRun extends Line {
  readonly env: ManualEnv
  readonly values: unknown[]
}

/** A pipeline that isn't started. */
export function make(
  values: unknown,
  output: Part & Partial<Collection> = collect(),
  stopTimeoutMs = 5_000,
): IterableRun {
  const env = new ManualEnv()
  const made = line([{ component: definition, options: { values } }, output], env, stopTimeoutMs)
  return { ...made, env, values: output.values ?? [] }
}

/** A pipeline that pulls, as far as it comes without time passing. */
export async function start(...given: Parameters<typeof make>): Promise<IterableRun> {
  const made = make(...given)
  void made.graph.start()
  await quiet(made.env)
  return made
}

/** A consumer that asks for a few, and finishes none. */
export function stuck(max: number): Collection & { settings: object } {
  return { ...collect(() => new Promise<void>(() => {})), settings: { demand: { max }, concurrency: max } }
}

/** Until nothing comes back to the event loop any more. */
export async function quiet(env: ManualEnv): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await env.settle()
}

export async function* asynchronous<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values
}
