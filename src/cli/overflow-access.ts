import { existsSync } from 'node:fs'
import { overflowsIn, type OwnedOverflow } from '../config/overflows.ts'
import { realEnv } from '../core/env.ts'
import type { OverflowStore, Settled, StoredMessage } from '../core/overflow-store.ts'
import type { PipelineSpec } from '../core/spec.ts'
import { daemonError } from '../daemon/errors.ts'
import { SILENT } from '../daemon/plain-log.ts'
import { quote } from '../kit/text.ts'

/** Messages that are read at once. */
const PIECE = 1000

/** The name of an overflow on the command line. Names of nodes have no dot in them. */
export function nameOf({ from, to }: { readonly from: string; readonly to?: string | null | undefined }): string {
  return typeof to === 'string' ? `${from}.${to}` : from
}

/** The overflow with a name. @throws SLUICE_ADMIN_NO_OVERFLOW, with those that there are */
export function namedIn<T extends Parameters<typeof nameOf>[0]>(overflows: readonly T[], name: string): T {
  const found = overflows.find((each) => nameOf(each) === name)
  if (found !== undefined) return found
  const names = overflows.map((each) => quote(nameOf(each))).join(', ')
  const known = names === '' ? 'the pipeline has none' : `there are ${names}`
  throw daemonError('SLUICE_ADMIN_NO_OVERFLOW', `there is no overflow ${quote(name, 200)}: ${known}`)
}

/** The overflow with a name, in the pipeline of a file. */
export function overflowOf(spec: PipelineSpec, name: string): OwnedOverflow {
  return namedIn(overflowsIn(spec), name)
}

/** A store that nobody else has open. */
export interface OpenStore {
  readonly store: OverflowStore
  readonly settled: Settled
}

/**
 * Opens a store for as long as something is done with it. Where nothing was ever stored, nothing is made.
 *
 * @returns undefined where there is none yet
 * @throws SLUICE_LOG_LOCKED where a daemon has it, with the owner, and what opening it throws
 */
export async function withStore<T>(
  { overflow, ...ends }: OwnedOverflow,
  use: (opened: OpenStore) => Promise<T>,
): Promise<T | undefined> {
  const { folder } = overflow.store
  if (folder !== undefined && !existsSync(folder)) return undefined
  const store = overflow.store.create({ env: realEnv, log: SILENT, name: nameOf(ends) })
  const settled = await store.open({ onTrouble: () => undefined, onOwnerLost: () => undefined })
  try {
    return await use({ store, settled })
  } finally {
    await store.close()
  }
}

/** What is stored and has no outcome, from the oldest on. What is damaged is left out; `onLost` hears of it. */
export async function* storedIn(
  { store, settled }: OpenStore,
  onLost: (from: number, to: number) => void,
): AsyncGenerator<StoredMessage, void> {
  for (let at = settled.below; at < store.next;) {
    const { messages, lost, next } = await store.read(at, PIECE)
    for (const { from, to } of lost) onLost(from, to)
    yield* messages
    at = Math.max(next, at + 1)
  }
}
