import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { overflowFolderOf, overflowNamedBy } from '../config/data-folder.ts'
import { overflowName, overflowsIn, type OwnedOverflow } from '../config/overflows.ts'
import { realEnv } from '../core/env.ts'
import type { PipelineHome, PipelineSpec } from '../core/spec.ts'
import { readStoreRecords, writeStoreRecords, type StoreRecord } from '../overflow/records.ts'
import { bindStore, type BoundStore, type StoreAddress } from '../overflow/stores.ts'
import { SILENT } from './plain-log.ts'

/** A store whose overflow has left the pipeline, or has another store now. */
export interface Orphan {
  /** On the command line: that of its edge, unless an overflow of the pipeline has that. */
  readonly name: string
  readonly edge: string
  readonly address: StoreAddress
  /** undefined where nothing in the pipeline says how its server is reached. */
  readonly store: BoundStore | undefined
  /** Messages that it had when it was closed; null where nobody knows. */
  readonly held: number | null
}

/** The stores that nothing in a pipeline leads to any more. */
export interface Orphans {
  readonly orphans: readonly Orphan[]
  /** Why what was recorded can't be read. */
  readonly damaged?: string
}

type Found = Pick<Orphan, 'edge' | 'address' | 'held'>

/** What is stored stays, however large the store may be. */
const LIMIT = 2 ** 40
const LOCK = /^lock[.]\d+$/

/**
 * Looks for orphans: at the folders beside those of a pipeline, and at what earlier runs have recorded of stores that are
 * elsewhere. Opens none of them.
 */
export async function orphansOf(spec: PipelineSpec): Promise<Orphans> {
  const { home } = spec
  if (home === undefined) return { orphans: [] }
  const overflows = overflowsIn(spec)
  const { value: records = [], ...rest } = await readStoreRecords(home.dataFolder)
  const found: Found[] = []
  for (const each of [...(await inFolders(home)), ...records]) {
    const isKnown = [...found, ...overflows.map(placeOf)].some((other) => isSamePlace(other, each))
    const isThere = each.address.kind !== 'embedded' || (await isStore(each.address.folder))
    if (!isKnown && isThere && !isElsewhereNow(each, overflows)) found.push(each)
  }
  return { orphans: named(found, spec), ...rest }
}

/** How many messages an orphan has; null where nobody can know at the moment. @throws what opening it throws */
export async function heldBy({ store, held }: Orphan): Promise<number | null> {
  if (store === undefined) return held
  const world = { env: realEnv, log: SILENT, name: store.exclusive }
  const opened = store.look?.(world).store ?? store.create(world)
  try {
    await opened.open({ onTrouble: () => undefined, onOwnerLost: () => undefined })
  } catch (error) {
    // A server may be away, or refuse: then it counts what was known of it.
    if (store.look !== undefined) return held
    throw error
  }
  const { messages } = opened.depth
  await opened.close()
  return messages
}

/** Nothing is recorded of it any more: it is empty. A folder stays as it is. @throws SLUICE_LOG_… */
export async function forget({ home }: PipelineSpec, orphan: Pick<Orphan, 'edge' | 'address'>): Promise<void> {
  if (home === undefined) return
  const { value: records = [] } = await readStoreRecords(home.dataFolder)
  const kept = records.filter((each) => !isSamePlace(each, orphan))
  if (kept.length < records.length) await writeStoreRecords(home.dataFolder, kept)
}

/** An overflow of the pipeline has been given messages by somebody else than a run of it. @throws SLUICE_LOG_… */
export async function remember(spec: PipelineSpec, { edge, address }: Pick<Orphan, 'edge' | 'address'>): Promise<void> {
  const { home } = spec
  const owned = overflowsIn(spec).find((each) => overflowName(each) === edge)
  if (home === undefined || owned === undefined || !isUntold(owned, spec)) return
  const { value: records = [] } = await readStoreRecords(home.dataFolder)
  const others = records.filter((each) => !isSamePlace(each, { edge, address }))
  await writeStoreRecords(home.dataFolder, [...others, { edge, address, held: null }])
}

/** Whether no folder beside the pipeline tells of a store, so that it must be recorded. */
export function isUntold({ from, to, overflow }: OwnedOverflow, { name, home }: PipelineSpec): boolean {
  const { folder } = overflow.store
  return folder === undefined || folder !== overflowFolderOf({ file: home?.file ?? '', pipeline: name }, from, to)
}

/** Of an embedded store its folder says everything; one in Redis is an edge's. */
export function isSamePlace(
  one: Pick<StoreRecord, 'edge' | 'address'>,
  other: Pick<StoreRecord, 'edge' | 'address'>,
): boolean {
  const [a, b] = [one.address, other.address]
  if (a.kind === 'embedded' || b.kind === 'embedded')
    return a.kind === 'embedded' && b.kind === 'embedded' && a.folder === b.folder
  return one.edge === other.edge && a.server === b.server && a.prefix === b.prefix
}

/** One server may have many names: an overflow that is in Redis now as then has its store, as far as anybody can tell. */
export function isElsewhereNow({ edge, address }: Found, overflows: readonly OwnedOverflow[]): boolean {
  return overflows.map(placeOf).some((other) => {
    if (other.edge !== edge || address.kind !== 'redis' || other.address.kind !== 'redis') return false
    return address.server !== other.address.server && address.prefix === other.address.prefix
  })
}

export function placeOf(owned: OwnedOverflow): Pick<StoreRecord, 'edge' | 'address'> {
  return { edge: overflowName(owned), address: owned.overflow.store.address }
}

async function inFolders({ dataFolder }: PipelineHome): Promise<Found[]> {
  const names = await readdir(dataFolder).catch(() => [])
  return names.flatMap((name): Found[] => {
    const ends = overflowNamedBy(name)
    if (ends === undefined) return []
    return [{ edge: overflowName(ends), address: { kind: 'embedded', folder: join(dataFolder, name) }, held: null }]
  })
}

/** A store that was ever opened has a lock; nothing is made in a folder that has such a name by chance. */
async function isStore(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() !== true) return false
  return (await readdir(folder).catch(() => [])).some((name) => LOCK.test(name))
}

function named(found: readonly Found[], spec: PipelineSpec): Orphan[] {
  const taken = new Set(overflowsIn(spec).map(overflowName))
  return found.map((each) => {
    const tries = [each.edge, `${each.edge}@${each.address.kind}`]
    let name = tries.find((one) => !taken.has(one))
    for (let count = 2; name === undefined; count++)
      if (!taken.has(`${tries[1]}-${count}`)) name = `${tries[1]}-${count}`
    taken.add(name)
    return { ...each, name, store: bound(each, spec) }
  })
}

function bound({ edge, address }: Found, spec: PipelineSpec): BoundStore | undefined {
  if (address.kind === 'embedded') {
    const { folder } = address
    return bindStore('embedded', {}, { folder, edge, pipeline: spec.name, limitBytes: LIMIT })
  }
  for (const { overflow } of overflowsIn(spec)) {
    const { store } = overflow
    if (store.address.kind === 'redis' && store.address.server === address.server)
      return store.sibling?.(edge, address.prefix)
  }
  return undefined
}
