import { access } from 'node:fs/promises'
import { overflowName, overflowsIn } from '../config/overflows.ts'
import { pairsIn } from '../config/pairs.ts'
import { realEnv, type Env } from '../core/env.ts'
import type { OverflowStore, Settled, StoredMessage } from '../core/overflow-store.ts'
import type { PipelineSpec } from '../core/spec.ts'
import { daemonError } from '../daemon/errors.ts'
import { orphansOf, type Orphan } from '../daemon/orphans.ts'
import { SILENT } from '../daemon/plain-log.ts'
import { placeText } from '../daemon/stored-before.ts'
import { errnoOf } from '../kit/errno.ts'
import { quote } from '../kit/text.ts'
import { systemError } from '../overflow/errors.ts'
import type { BoundStore, StoreAddress } from '../overflow/stores.ts'
import { printError } from './print.ts'

/** Messages that are read at once. */
const PIECE = 1000

/** A store by the name that it has on the command line. */
export interface NamedStore {
  readonly name: string
  readonly edge: string
  readonly address: StoreAddress
  /** undefined of an orphan that nothing in the pipeline leads to. */
  readonly store: BoundStore | undefined
  /** Its overflow has left the pipeline. */
  readonly isOrphaned: boolean
  /** A consumer `overflow` fills it, a producer `overflow` drains it: no edge has it. */
  readonly isPair?: boolean
  /** Messages that an orphan had when it was closed, as far as that is known. */
  readonly held?: number | null
}

/** The one with a name. @throws SLUICE_ADMIN_NO_OVERFLOW, with those that there are */
export function namedIn<T>(overflows: readonly T[], name: string, nameOf: (overflow: T) => string): T {
  const found = overflows.find((each) => nameOf(each) === name)
  if (found !== undefined) return found
  const names = overflows.map((each) => quote(nameOf(each))).join(', ')
  const known = names === '' ? 'the pipeline has none' : `there are ${names}`
  throw daemonError('SLUICE_ADMIN_NO_OVERFLOW', `there is no overflow ${quote(name, 200)}: ${known}`)
}

/** What a pair is called on the command line. Names of nodes have no colon in them. */
function pairName(name: string): string {
  return `pair:${name}`
}

/** The stores of a pipeline, those of pairs that it has an end of, and those that it has left behind. */
export async function storesOf(spec: PipelineSpec): Promise<NamedStore[]> {
  const own = overflowsIn(spec).map((owned): NamedStore => {
    const { store } = owned.overflow
    const name = overflowName(owned)
    return { name, edge: name, address: store.address, store, isOrphaned: false }
  })
  const pairs = pairsIn(spec).map(({ name: edge, store }): NamedStore => {
    return { name: pairName(edge), edge, address: store.address, store, isOrphaned: false, isPair: true }
  })
  const { orphans, damaged } = await orphansOf(spec)
  if (damaged !== undefined) printError(`sluice: where else the pipeline has stored isn't known any more: ${damaged}\n`)
  return [...own, ...pairs, ...orphans.map(asNamed)]
}

/**
 * The store with a name. Of an edge that nobody knows it is looked for where others of the pipeline are in Redis.
 *
 * @throws SLUICE_ADMIN_NO_OVERFLOW
 */
export async function storeNamed(spec: PipelineSpec, name: string): Promise<NamedStore> {
  const all = await storesOf(spec)
  const isKnown = all.some((each) => each.name === name)
  return (isKnown ? undefined : await unrecorded(all, name)) ?? namedIn(all, name, (each) => each.name)
}

/** What must be known of a store to open it. @throws SLUICE_ADMIN_NO_OVERFLOW */
export function boundStore({ name, address, store }: NamedStore): BoundStore {
  if (store !== undefined) return store
  const problem = `${quote(name)} is in ${placeText(address)}, and no overflow of the pipeline says how to reach that`
  throw daemonError('SLUICE_ADMIN_NO_OVERFLOW', `${problem}: put it back for one run, which delivers what is stored`)
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
 * @throws SLUICE_LOG_LOCKED where a daemon has it, with the owner, SLUICE_LOG_FORBIDDEN where this user may not see whether
 *   there is one, and what opening it throws
 */
export async function withStore<T>(named: NamedStore, use: (opened: OpenStore) => Promise<T>): Promise<T | undefined> {
  const bound = boundStore(named)
  if (bound.folder !== undefined && !(await isThere(bound.folder))) return undefined
  return await withOpened(bound.create(worldOf(named)), use)
}

/** @throws SLUICE_LOG_FORBIDDEN, SLUICE_LOG_UNUSABLE where that can't be seen: what is stored there is not nothing */
async function isThere(folder: string): Promise<boolean> {
  try {
    await access(folder)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw systemError('SLUICE_LOG_UNUSABLE', `cannot look into "${folder}"`, error)
  }
}

/** The same, made where there is none. @param env whose wall clock says when what is appended was stored. */
export async function withStoreMade<T>(
  named: NamedStore,
  env: Env,
  use: (opened: OpenStore) => Promise<T>,
): Promise<T> {
  return await withOpened(boundStore(named).create({ ...worldOf(named), env }), use)
}

/** A store that is looked at, and who has it meanwhile. */
export interface LookedAt extends OpenStore {
  readonly owner: string | undefined
}

/** Opens a store to look at it only: also while somebody has it, where its kind can be looked at so. */
export async function withLook<T>(named: NamedStore, use: (opened: LookedAt) => Promise<T>): Promise<T | undefined> {
  const look = boundStore(named).look?.(worldOf(named))
  if (look === undefined) return await withStore(named, (opened) => use({ ...opened, owner: undefined }))
  return await withOpened(look.store, (opened) => use({ ...opened, owner: look.owner() }))
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

async function withOpened<T>(store: OverflowStore, use: (opened: OpenStore) => Promise<T>): Promise<T> {
  const settled = await store.open({ onTrouble: () => undefined, onOwnerLost: () => undefined })
  try {
    return await use({ store, settled })
  } finally {
    await store.close()
  }
}

async function unrecorded(all: readonly NamedStore[], edge: string): Promise<NamedStore | undefined> {
  const tried = new Set<string>()
  for (const { store } of all) {
    const sibling = store?.sibling?.(edge)
    if (sibling === undefined || tried.has(sibling.exclusive)) continue
    tried.add(sibling.exclusive)
    const named = { name: edge, edge, address: sibling.address, store: sibling, isOrphaned: true }
    if (await withLook(named, async ({ store: { next } }) => next > 1)) return named
  }
  return undefined
}

function asNamed(orphan: Orphan): NamedStore {
  return { ...orphan, isOrphaned: true }
}

function worldOf({ name }: NamedStore) {
  return { env: realEnv, log: SILENT, name }
}
