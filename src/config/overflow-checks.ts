import { OVERFLOW_DEFAULTS, OVERFLOW_FACTOR } from '../core/overflow-plan.ts'
import { DEFAULTS, overflowBytesIn } from '../core/plan.ts'
import type { NodeSpec, PipelineSpec } from '../core/spec.ts'
import { sizeText } from '../kit/units.ts'
import type { NodeDraft } from './nodes.ts'
import { overflowsIn, titleOf, type OwnedOverflow } from './overflows.ts'
import type { Report } from './report.ts'
import { BESIDE_OVERFLOW } from './edge-settings.ts'
import { named, type Path } from './wording.ts'

const MEBIBYTE = 1024 ** 2

/** Finds edges that drop what the overflow of their node is to store. */
export function checkDropping(drafts: readonly NodeDraft[], report: Report): void {
  for (const { path, settings } of drafts) {
    const { from = [], overflow = false } = settings ?? {}
    for (const { from: giver, whenFull = 'spill', overflow: own } of from) {
      if (overflow === false || own !== undefined || !whenFull.startsWith('drop')) continue
      report.add({
        code: 'SLUICE_CONFIG_VALUE',
        path: [...path, 'from', giver, 'whenFull'],
        message: `${named('whenFull')}: ${BESIDE_OVERFLOW}`,
        hint: 'remove it, or give this edge none with `overflow: false`',
      })
    }
  }
}

/** Finds overflows whose memory doesn't fit: into that of the pipeline, or below the limits above them (D21). */
export function checkOverflows(spec: PipelineSpec, drafts: readonly NodeDraft[], report: Report): void {
  checkMemory(spec, drafts, report)
  checkLimits(spec, drafts, report)
}

function checkMemory(spec: PipelineSpec, drafts: readonly NodeDraft[], report: Report): void {
  const all = overflowsIn(spec)
  const share = overflowBytesIn(spec)
  const bytesOf = ({ overflow }: OwnedOverflow): number => overflow.memory?.bytes ?? share
  const most = all.reduce((sum, owned) => sum + OVERFLOW_FACTOR * bytesOf(owned), 0)
  const [largest] = all.toSorted((a, b) => bytesOf(b) - bytesOf(a))
  if (largest?.overflow.memory?.bytes === undefined || most <= spec.memoryBytes) return
  const whose = all.length === 1 ? `the overflow of ${named(titleOf(largest))}` : `the ${all.length} overflows`
  report.add({
    code: 'SLUICE_CONFIG_PIPELINE',
    severity: 'warning',
    path: [...placeOf(largest, drafts), 'memory'],
    message: `${whose} may take ${inMebibytes(most)} of memory, half as much again as waits in it, and the pipeline has ${inMebibytes(spec.memoryBytes)}`,
    hint: 'lower the bytes of its `memory`, or give the pipeline more with `memory`',
  })
}

function inMebibytes(bytes: number): string {
  return sizeText(Math.ceil(bytes / MEBIBYTE) * MEBIBYTE)
}

/** Those that can never open: the limits above them are reached before their memory is full. */
function checkLimits(spec: PipelineSpec, drafts: readonly NodeDraft[], report: Report): void {
  const nodes = new Map(spec.nodes.map((node) => [node.name, node]))
  for (const owned of overflowsIn(spec)) {
    if (owned.overflow.mode === 'always') continue
    const limits = limitsAbove(owned.from, nodes, new Set())
    const parts = owned.overflow.memory?.parts ?? OVERFLOW_DEFAULTS.memoryParts
    const most = limits.reduce((sum, { settings }) => sum + (settings.maxUnacked?.parts ?? DEFAULTS.maxUnackedParts), 0)
    if (limits.length > 0 && parts > most) warn(owned, { parts, most, limits }, { drafts, report })
  }
}

/** The producers whose `maxUnacked` counts what waits in an overflow: what was stored on the way is no more theirs. */
function limitsAbove(name: string, nodes: ReadonlyMap<string, NodeSpec>, seen: Set<string>): NodeSpec[] {
  const node = nodes.get(name)
  if (node === undefined || seen.has(name) || node.settings.durable !== undefined) return []
  seen.add(name)
  if (node.component.kind === 'producer') return [node]
  return node.from.flatMap((edge) => (edge.overflow === undefined ? limitsAbove(edge.from, nodes, seen) : []))
}

function warn(
  owned: OwnedOverflow,
  { parts, most, limits }: { readonly parts: number; readonly most: number; readonly limits: readonly NodeSpec[] },
  { drafts, report }: { readonly drafts: readonly NodeDraft[]; readonly report: Report },
): void {
  const names = limits.map(({ name }) => named(name)).join(' and ')
  const isWritten = owned.overflow.memory?.parts !== undefined
  report.add({
    code: 'SLUICE_CONFIG_PIPELINE',
    severity: 'warning',
    path: [...placeOf(owned, drafts), ...(isWritten ? ['memory'] : [])],
    message: `the overflow of ${named(titleOf(owned))} can never fill its memory of ${parts} messages: the maxUnacked of ${names} (${most}) is reached before`,
    hint: `raise maxUnacked above the \`memory\` of the overflow, or lower that to less than ${most}`,
  })
}

/** Where it is written. */
function placeOf({ from, to, overflow }: OwnedOverflow, drafts: readonly NodeDraft[]): Path {
  return [...(drafts.find(({ name }) => name === (to ?? from))?.path ?? []), ...overflow.setting]
}
