import type { SluiceError } from '../core/errors.ts'
import { daemonError } from './errors.ts'

/** Where a pipeline says nothing. */
export const START_TIMEOUT_MS = 60_000

/** Nodes have not said in time that they are open. */
export function startTimeout(nodes: readonly string[], timeoutMs: number): SluiceError {
  const who = nodes.length === 1 ? `${nodes[0]} has` : `${nodes.join(', ')} have`
  return daemonError('SLUICE_START_TIMEOUT', `${who} not opened within ${timeoutMs / 1000} s`)
}
