import type { Definition, Log } from '../../src/core/component.ts'
import { realEnv, type Env } from '../../src/core/env.ts'
import { Graph } from '../../src/core/graph.ts'
import { bind, type NodeSettings, type NodeSpec } from '../../src/core/spec.ts'

/** A node of a line: a component with options as a user writes them, and the settings beside it. */
export interface Part {
  /** That of the component by default. */
  readonly name?: string
  /** The name of the part that it reads from: the one before it by default. */
  readonly from?: string
  readonly component: Definition
  readonly options?: unknown
  readonly settings?: NodeSettings
}

export interface LogLine {
  readonly level: keyof Log
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Line {
  readonly graph: Graph
  readonly log: LogLine[]
  /** Messages that failed, by node and the code or text of the error. */
  readonly failures: string[]
  /** What a node has counted itself. */
  metric(node: string, name: string): number
}

/** A pipeline in which each part reads from the one before it, unless it says otherwise. */
export function line(parts: readonly Part[], env: Env = realEnv, stopTimeoutMs = 5_000): Line {
  const log: LogLine[] = []
  const failures: string[] = []
  const nameOf = ({ name, component }: Part): string => name ?? component.name
  const nodes: NodeSpec[] = parts.map(({ component, options = {}, settings = {}, ...part }, index) => ({
    name: nameOf({ component, ...part }),
    component: bind(component, component.options.parse(options)),
    from: index === 0 ? [] : [{ from: part.from ?? nameOf(parts[index - 1]!) }],
    // What the place does wrong is told at once; that the kernel waits for it is not a component's affair.
    settings: { giveUpAfterMs: 0, ...settings },
  }))
  const write =
    (level: keyof Log) =>
    (message: string, fields: object = {}) =>
      void log.push({ level, message, fields: fields as Record<string, unknown> })
  const graph = new Graph(
    { name: 'test', nodes, stopTimeoutMs, memoryBytes: 1024 ** 3 },
    {
      env,
      log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
      onMessageFailed: (node, _message, error) =>
        void failures.push(`${node}: ${(error as { code?: string }).code ?? error.message}`),
    },
  )
  return { graph, log, failures, metric: (node, name) => graph.node(node).counters.own.get(name) ?? 0 }
}

/** Waits until a condition holds, as long as a slow machine may need. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
