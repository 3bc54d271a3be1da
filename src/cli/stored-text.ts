import { relative } from 'node:path'
import { overflowsIn, titleOf, type OwnedOverflow } from '../config/overflows.ts'
import type { PipelineSpec } from '../core/spec.ts'
import { sizeText } from '../kit/units.ts'

/** What a pipeline stores, how much of it, and where: a line for each of its overflows. */
export function storesOf(spec: PipelineSpec): string[] {
  return overflowsIn(spec).map(lineOf)
}

function lineOf({ overflow: { store, mode }, ...ends }: OwnedOverflow): string {
  const what = mode === 'always' ? 'all of' : 'what memory has no room for of'
  const place = store.folder === undefined ? store.exclusive : shortened(store.folder)
  return `${what} ${titleOf(ends)}: ${sizeText(store.limitBytes)} at most in ${place}`
}

/** What is below the folder that the command runs in is shown from there on. */
function shortened(folder: string): string {
  const path = relative(process.cwd(), folder)
  return path === '' || path.startsWith('..') ? folder : path
}
