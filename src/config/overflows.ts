import type { OverflowSpec } from '../core/overflow-plan.ts'
import type { EdgeSpec, PipelineSpec } from '../core/spec.ts'
import { bindStore, type BoundStore } from '../overflow/stores.ts'
import { overflowFolderOf, storeBeside, type PipelineOwner } from './data-folder.ts'
import type { NodeDraft } from './nodes.ts'
import { STANDARD, type OverflowSettings } from './overflow-settings.ts'
import type { ParsedEdge } from './edge-settings.ts'
import type { Path } from './wording.ts'

/** An overflow with its store, as config gives it to the kernel. */
export interface ConfiguredOverflow extends OverflowSpec {
  readonly limit: OverflowSettings['limit']
  readonly store: BoundStore
  /** Where it is written, seen from its node. */
  readonly setting: Path
}

/** An overflow, and whose it is. */
export interface OwnedOverflow {
  /** The node whose messages it takes, and the one that it gives them to: undefined where it gives them to all. */
  readonly from: string
  readonly to: string | undefined
  readonly overflow: ConfiguredOverflow
}

/** The name of an overflow, as on the command line. Names of nodes have no dot in them. */
export function overflowName({ from, to }: { readonly from: string; readonly to?: string | null | undefined }): string {
  return typeof to === 'string' ? `${from}.${to}` : from
}

/** What an edge or a producer is called that has an overflow, for people. */
export function titleOf({ from, to }: Pick<OwnedOverflow, 'from' | 'to'>): string {
  return to === undefined ? from : `${from} → ${to}`
}

/** The overflows of a node: one for each of its edges that is to have one, or the one of a durable producer. */
export function overflowsOf({ name, settings }: NodeDraft, owner: PipelineOwner): OwnedOverflow[] {
  const { from: edges = [], durable } = settings ?? {}
  const own = edges.flatMap((edge): Found[] => {
    const found = overflowOf(edge, settings?.overflow)
    return found === undefined ? [] : [{ from: edge.from, to: name, ...found }]
  })
  if (durable !== undefined && durable !== false)
    own.push({ from: name, to: undefined, written: durable, setting: ['durable'] })
  return own.map(({ from, to, written, setting }) => {
    const { stored, ...rest } = written
    const store = storeBeside(written.store, owner)
    const folder = overflowFolderOf(owner, from, to)
    const bound = bindStore(store.name, store.options, {
      ...stored,
      folder,
      pipeline: owner.pipeline,
      edge: overflowName({ from, to }),
      limitBytes: written.limit.bytes,
    })
    const createStore: OverflowSpec['createStore'] = (world) => bound.create(world)
    return { from, to, overflow: { ...rest, store: bound, setting, createStore } }
  })
}

/** The overflows of a pipeline that config has made, in the order of its nodes. */
export function overflowsIn({ nodes }: PipelineSpec): OwnedOverflow[] {
  return nodes.flatMap(({ name, from, settings }) => [
    ...from.flatMap(({ from: giver, overflow }) => owned({ from: giver, to: name }, overflow)),
    ...owned({ from: name, to: undefined }, settings.durable),
  ])
}

function owned(ends: Pick<OwnedOverflow, 'from' | 'to'>, overflow: OverflowSpec | undefined): OwnedOverflow[] {
  return overflow === undefined || !isConfigured(overflow) ? [] : [{ ...ends, overflow }]
}

function isConfigured(overflow: OverflowSpec): overflow is ConfiguredOverflow {
  return 'store' in overflow
}

/** An edge as the kernel wants it. */
export function kernelEdge(written: ParsedEdge, overflows: readonly OwnedOverflow[]): EdgeSpec {
  const { overflow: _, whenFull, ...edge } = written
  const found = overflows.find(({ from, to }) => from === edge.from && to !== undefined)
  return {
    ...edge,
    ...(whenFull === undefined || whenFull === 'spill' ? {} : { whenFull }),
    ...(found === undefined ? {} : { overflow: found.overflow }),
  }
}

interface Found {
  readonly from: string
  readonly to: string | undefined
  readonly written: OverflowSettings
  readonly setting: Path
}

/** What an edge says itself goes before what its node says. */
function overflowOf(
  { from, whenFull, overflow: own }: ParsedEdge,
  ofNode: OverflowSettings | false | undefined,
): Pick<Found, 'written' | 'setting'> | undefined {
  if (own === false) return undefined
  if (own !== undefined) return { written: own, setting: ['from', from, 'overflow'] }
  if (ofNode !== undefined && ofNode !== false) return { written: ofNode, setting: ['overflow'] }
  return whenFull === 'spill' ? { written: STANDARD, setting: ['from', from, 'whenFull'] } : undefined
}
