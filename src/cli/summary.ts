import { DEAD_LETTERS } from '../core/letter.ts'
import { planWorker } from '../core/plan.ts'
import type { NodeSpec, Order, PipelineSpec } from '../core/spec.ts'
import { givenBy, inOrder, type Upstream } from '../core/topology.ts'
import { promisesOf } from './promises.ts'
import { storesOf } from './stored-text.ts'

/** What of its producers' order a node sees: all of it, that of messages with one key, or nothing (D12). */
type SeenOrder = Order

const ORDER_WORDS: Readonly<Record<SeenOrder, string>> = {
  input: 'in the order of arrival',
  key: 'in order per key',
  none: 'in no order',
}

/** A node with what it learns from those before it. */
interface Place {
  readonly upstream: Upstream
  readonly order: SeenOrder
}

/**
 * What a pipeline does, for people: one line per node, in the order in which messages pass them; what each door promises,
 * and the order in which messages come to each consumer.
 */
export function summaryOf(spec: PipelineSpec): string {
  const { nodes, deadLetters, stopTimeoutMs } = spec
  const promises = promisesOf(spec)
  const places = placesOf(nodes)
  const rows = nodes.map((node) => [
    node.name,
    node.component.name,
    ...(node.component.kind === 'producer' ? [promises[node.name]!] : detailsOf(node, places)),
  ])
  if (deadLetters !== undefined) rows.push([DEAD_LETTERS, deadLetters.component.name, 'what failed for good'])
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map(([name, component, ...details]) => {
    return `  ${name!.padEnd(widths[0]!)}  ${component!.padEnd(widths[1]!)}  ${details.join(', ')}`.trimEnd()
  })
  const stores = storesOf(spec).map((store) => `  stores ${store}`)
  return [...lines, ...stores, `  a stop may take ${stopTimeoutMs / 1000} s`].join('\n')
}

function detailsOf({ name, component, from, settings }: NodeSpec, places: ReadonlyMap<string, Place>): string[] {
  const details = [`from ${from.map((edge) => edge.from).join(', ')}`]
  if (settings.concurrency !== undefined && settings.concurrency > 1)
    details.push(`${settings.concurrency} calls at once`)
  if (component.kind === 'consumer') details.push(ORDER_WORDS[places.get(name)!.order])
  return details
}

function placesOf(nodes: readonly NodeSpec[]): ReadonlyMap<string, Place> {
  const specs = new Map(nodes.map((node) => [node.name, node]))
  const places = new Map<string, Place>()
  for (const node of inOrder(nodes)) {
    const givers = node.from.map(({ from }) => ({ spec: specs.get(from)!, ...places.get(from)! }))
    const sources = givers.map(({ upstream }) => upstream)
    const arrives = weakest(givers.map(({ spec, order }) => (spec.settings.dispatch === 'demand' ? 'none' : order)))
    // Fan-in promises nothing.
    const order = weakest([givers.length > 1 ? 'none' : arrives, orderKept(node, sources)])
    places.set(node.name, { upstream: givenBy(node, sources), order })
  }
  return places
}

/** What a node keeps of the order in which messages come to it. */
function orderKept({ component, settings, name, from }: NodeSpec, sources: readonly Upstream[]): Order {
  if (component.kind === 'producer') return 'input'
  // What groups by key lets keys overtake each other.
  if (component.kind === 'stage' && component.holds && component.keyed) return 'key'
  return planWorker(
    { name, from, settings, component },
    sources.some(({ isKeyed }) => isKeyed),
  ).order
}

const STRENGTH: readonly SeenOrder[] = ['none', 'key', 'input']

function weakest(orders: readonly SeenOrder[]): SeenOrder {
  return STRENGTH.find((order) => orders.includes(order)) ?? 'input'
}
