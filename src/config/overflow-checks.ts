import { OVERFLOW_DEFAULTS } from '../core/overflow-plan.ts'
import { DEFAULTS } from '../core/plan.ts'
import type { NodeSpec, PipelineSpec } from '../core/spec.ts'
import type { NodeDraft } from './nodes.ts'
import { overflowsIn, titleOf, type OwnedOverflow } from './overflows.ts'
import type { Report } from './report.ts'
import { BESIDE_OVERFLOW } from './edge-settings.ts'
import { named } from './wording.ts'

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

/** Finds overflows that can never open: the limits above them are reached before their memory is full (D21). */
export function checkOverflows(spec: PipelineSpec, drafts: readonly NodeDraft[], report: Report): void {
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
  { overflow: { setting, memory }, ...ends }: OwnedOverflow,
  { parts, most, limits }: { readonly parts: number; readonly most: number; readonly limits: readonly NodeSpec[] },
  { drafts, report }: { readonly drafts: readonly NodeDraft[]; readonly report: Report },
): void {
  const above = drafts.find(({ name }) => name === (ends.to ?? ends.from))?.path ?? []
  const names = limits.map(({ name }) => named(name)).join(' and ')
  const isWritten = memory?.parts !== undefined
  report.add({
    code: 'SLUICE_CONFIG_PIPELINE',
    severity: 'warning',
    path: [...above, ...setting, ...(isWritten ? ['memory'] : [])],
    message: `the overflow of ${named(titleOf(ends))} can never fill its memory of ${parts} messages: the maxUnacked of ${names} (${most}) is reached before`,
    hint: `raise maxUnacked above the \`memory\` of the overflow, or lower that to less than ${most}`,
  })
}
