import { overflowsIn, titleOf, type OwnedOverflow } from '../config/overflows.ts'
import type { PipelineSpec } from '../core/spec.ts'
import { sizeText } from '../kit/units.ts'

/** What a pipeline stores, how much of it, and where: a line for each of its overflows. */
export function storesOf(spec: PipelineSpec): string[] {
  return overflowsIn(spec).map(lineOf)
}

function lineOf({ overflow: { store, mode }, ...ends }: OwnedOverflow): string {
  const what = mode === 'always' ? 'all of' : 'what memory has no room for of'
  return `${what} ${titleOf(ends)}: ${sizeText(store.limitBytes)} at most in ${store.folder ?? store.exclusive}`
}
