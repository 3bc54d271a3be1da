import { z } from 'zod'
import { defineProducer, defineStage } from '../core/component.ts'
import { bind, type Component, type EdgeSpec, type NodeSpec, type PipelineSpec } from '../core/spec.ts'

const NONE = z.strictObject({})

const nothing = bind(
  defineProducer({
    name: 'nothing',
    summary: 'Gives nothing, and ends.',
    options: NONE,
    create: (_, { end }) => ({
      handleDemand() {
        end()
        return []
      },
    }),
  }),
  {},
)

const unused = bind(
  defineStage({
    name: 'unused',
    summary: 'Is given nothing.',
    options: NONE,
    create: () => ({ handle: () => [] }),
  }),
  {},
)

/** The ends of an overflow. */
interface Ends {
  readonly from: string
  /** undefined of a durable producer. */
  readonly to: string | undefined
}

/**
 * What of a pipeline delivers what an overflow has stored: the nodes below it, behind a stand-in for the node above, which
 * gives nothing and ends. The end waits in the overflow until all is delivered, so that the pipeline ends when it is empty.
 * Whatever else leads into these nodes is left out.
 *
 *     nothing ─▶ stand-in ─▶ overflow ─▶ nodes below
 */
export function drainedBy(spec: PipelineSpec, { from, to }: Ends): PipelineSpec {
  const giver = spec.nodes.find(({ name }) => name === from)!
  const below = nodesBelow(spec, to === undefined ? subscribersOf(spec, from) : [to])
  const leads = (edge: EdgeSpec, name: string): boolean =>
    edge.from === from ? to === undefined || to === name : below.has(edge.from)
  const nodes = spec.nodes
    .filter(({ name }) => below.has(name))
    .map((node) => ({ ...node, from: node.from.filter((edge) => leads(edge, node.name)) }))
  // What it leaves behind elsewhere is no affair of it; and it comes to its end, whatever happens.
  const { home: _, onPipelineFailure: __, ...rest } = spec
  return { ...rest, nodes: [...standIns(spec, giver), ...nodes] }
}

function standIns(spec: PipelineSpec, giver: NodeSpec): NodeSpec[] {
  const quiet = { io: false, exclusive: undefined }
  if (giver.component.kind === 'producer') {
    const component: Component = { ...giver.component, ...quiet, create: nothing.create as never }
    return [{ ...giver, component }]
  }
  const source = unusedName(spec, 'nothing')
  // Of its kind, so that those below may rely on the same as ever: on keys, and on how large its batches are.
  const component = { ...giver.component, ...quiet, holds: false, create: unused.create } as Component
  return [
    { name: source, component: { ...nothing, keyed: true }, from: [], settings: {} },
    { name: giver.name, component, from: [{ from: source }], settings: {} },
  ]
}

function nodesBelow(spec: PipelineSpec, first: readonly string[]): ReadonlySet<string> {
  const found = new Set(first)
  for (const name of found) for (const each of subscribersOf(spec, name)) found.add(each)
  return found
}

function subscribersOf({ nodes }: PipelineSpec, name: string): string[] {
  return nodes.filter(({ from }) => from.some((edge) => edge.from === name)).map((node) => node.name)
}

function unusedName({ nodes }: PipelineSpec, wanted: string): string {
  const taken = new Set(nodes.map(({ name }) => name))
  let name = wanted
  while (taken.has(name)) name += '_'
  return name
}
