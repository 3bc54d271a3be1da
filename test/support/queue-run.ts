import type { NodeSettings } from '../../src/core/spec.ts'
import definition, { queue } from '../../src/producers/queue.ts'
import { collect, type Collection } from './ends.ts'
import { ManualEnv } from './manual-env.ts'
import { line, type Line, type Part } from './pipeline.ts'

export type Orders = ReturnType<typeof queue<unknown>>
type Settings = Parameters<typeof queue>[0]

interface Given {
  readonly rest?: readonly Part[]
  readonly settings?: NodeSettings
  readonly stopTimeoutMs?: number
}

export interface QueueRun extends Line {
  readonly env: ManualEnv
  readonly orders: Orders
  /** What came to the end of the line. */
  readonly values: unknown[]
}

/** A pipeline behind a queue, not started. */
export function behind(
  orders: Orders,
  { rest = [collect()], settings = {}, stopTimeoutMs = 5_000 }: Given = {},
): QueueRun {
  const env = new ManualEnv()
  const made = line([{ component: definition, options: orders.options, settings }, ...rest], env, stopTimeoutMs)
  return { ...made, env, orders, values: (rest.at(-1) as Collection).values }
}

/** The same, started. */
export async function started(settings: Settings = {}, given: Given = {}): Promise<QueueRun> {
  const run = behind(queue<unknown>(settings), given)
  const start = run.graph.start()
  await run.env.settle()
  await start
  return run
}

/** A consumer that takes one message at a time, and is done with it when a test says so. */
export interface Slow extends Collection {
  finish(error?: Error): void
}

export function slow(): Slow {
  const calls: { resolve(): void; reject(error: Error): void }[] = []
  return {
    ...collect(() => new Promise<void>((resolve, reject) => calls.push({ resolve, reject }))),
    settings: { demand: { max: 1 }, timeoutMs: 1_000_000 },
    finish: (error) => {
      const { resolve, reject } = calls.shift()!
      if (error === undefined) resolve()
      else reject(error)
    },
  }
}

/** What has become of a promise so far. */
export function watch<T>(promise: Promise<T>): { value?: T; error?: unknown } {
  const seen: { value?: T; error?: unknown } = {}
  promise.then(
    (value) => (seen.value = value),
    (error: unknown) => (seen.error = error),
  )
  return seen
}
