import { SluiceError } from './errors.ts'
import type { NodeSpec } from './spec.ts'

/**
 * The nodes in an order in which each stands behind those it reads from.
 *
 * @throws SLUICE_GRAPH_INVALID for a cycle, an unknown source, or two nodes of one name.
 */
export function inOrder(nodes: readonly NodeSpec[]): NodeSpec[] {
  const byName = new Map<string, NodeSpec>()
  for (const node of nodes) {
    if (byName.has(node.name)) throw invalid(`two nodes are called ${node.name}`)
    byName.set(node.name, node)
  }
  const ordered = new Set<NodeSpec>()
  const open: string[] = []
  const visit = (node: NodeSpec): void => {
    if (ordered.has(node)) return
    if (open.includes(node.name)) {
      throw invalid(
        `nodes read from each other in a circle: ${[...open.slice(open.indexOf(node.name)), node.name].join(' → ')}`,
      )
    }
    open.push(node.name)
    for (const { from } of node.from) {
      const source = byName.get(from)
      if (source === undefined) throw invalid(`${node.name} reads from ${from}, which doesn't exist`)
      if (source.component.kind === 'consumer') throw invalid(`${node.name} reads from ${from}, which is a consumer`)
      visit(source)
    }
    open.pop()
    ordered.add(node)
  }
  for (const node of nodes) visit(node)
  return [...ordered]
}

/** What a node learns from those it reads from. */
export interface Upstream {
  /** Most parts of a message that it gives (D1): its own, else what comes in. */
  readonly parts: number
  /** Whether its messages have keys (D12). */
  readonly isKeyed: boolean
}

/** @param sources what each node that this one reads from gives. */
export function givenBy({ component, settings }: NodeSpec, sources: readonly Upstream[]): Upstream {
  const comesIn = Math.max(1, ...sources.map(({ parts }) => parts))
  return {
    parts: (component.kind === 'stage' ? component.parts : undefined) ?? comesIn,
    isKeyed: component.keyed || settings.key !== undefined || sources.some(({ isKeyed }) => isKeyed),
  }
}

function invalid(text: string): SluiceError {
  return new SluiceError('SLUICE_GRAPH_INVALID', text)
}
