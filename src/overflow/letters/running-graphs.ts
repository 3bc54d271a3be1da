import type { Graph } from '../../core/graph.ts'

const graphs = new Map<string, () => Graph>()

/**
 * Lets letters be given back to the nodes of a pipeline that this process runs.
 *
 * @param graph its graph at the time: one that has failed may have been made again.
 * @returns what takes it off the list again.
 */
export function announceGraph(pipeline: string, graph: () => Graph): () => void {
  graphs.set(pipeline, graph)
  return () => {
    if (graphs.get(pipeline) === graph) graphs.delete(pipeline)
  }
}

/** The graph of a pipeline; undefined where it doesn't run just now, or nobody has announced it. */
export function runningGraph(pipeline: string): Graph | undefined {
  const graph = graphs.get(pipeline)?.()
  return graph?.state === 'running' ? graph : undefined
}
