import type { Env } from '../core/env.ts'
import { SluiceError } from '../core/errors.ts'
import { Graph } from '../core/graph.ts'
import type { PipelineSpec } from '../core/spec.ts'
import { START_TIMEOUT_MS, startTimeout } from './start-timeout.ts'

/** After it, a component that doesn't let go is left to the end of the process. */
const GRACE_MS = 1000

/** Whether one node could be opened. */
export interface Connection {
  readonly node: string
  readonly error: Error | undefined
}

type Node = Graph['nodes'] extends ReadonlyMap<string, infer N> ? N : never

/**
 * Opens every node of a pipeline and lets go of it again. Nothing is asked of producers, and a door that is open for that
 * moment takes nothing.
 *
 * @returns how it went, in the order of the pipeline
 * @throws SLUICE_GRAPH_INVALID, SLUICE_COMPONENT_INVALID
 */
export async function connect(spec: PipelineSpec, env: Env): Promise<readonly Connection[]> {
  const { startTimeoutMs = START_TIMEOUT_MS, nodes } = spec
  const graph = new Graph(spec, { env })
  for (const producer of graph.producers) producer.abandon()
  const tries = nodes.map(async ({ name: node }): Promise<Connection> => {
    const opened = graph.node(node)
    const error = await open(opened, startTimeoutMs, env)
    await close(opened, env)
    return { node, error }
  })
  return await Promise.all(tries)
}

function open(node: Node, timeoutMs: number, env: Env): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const timer = env.after(timeoutMs, () => resolve(startTimeout([node.name], timeoutMs)))
    node.open((error) => {
      timer.cancel()
      resolve(error)
    })
  })
}

function close(node: Node, env: Env): Promise<void> {
  return new Promise((resolve) => {
    const timer = env.after(GRACE_MS, resolve)
    node.close(new SluiceError('SLUICE_PIPELINE_STOPPED'), () => {
      timer.cancel()
      resolve()
    })
  })
}
