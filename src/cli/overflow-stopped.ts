import { asError, type SluiceError } from '../core/errors.ts'
import type { PipelineSpec } from '../core/spec.ts'
import { placeText } from '../daemon/stored-before.ts'
import { storedIn, storesOf, withLook, type NamedStore } from './overflow-access.ts'
import type { ListedOverflow } from './overflow-text.ts'

const UNKNOWN = { stored: null, storedParts: null, storedBytes: null, oldestStoredMs: null }

export interface Listed {
  readonly overflows: readonly ListedOverflow[]
  /** Of the first that can't be opened. */
  readonly failure?: SluiceError | undefined
}

/** What the stores of a pipeline have that doesn't run. @throws where none can be opened, what opening the first throws */
export async function allStopped(spec: PipelineSpec): Promise<Listed> {
  const failures: SluiceError[] = []
  const overflows: ListedOverflow[] = []
  for (const named of await storesOf(spec)) {
    try {
      overflows.push(await stopped(named))
    } catch (error) {
      // One that can't be opened keeps nobody from seeing the others.
      const failure = asError(error) as SluiceError
      failures.push(failure)
      overflows.push({ name: named.name, state: 'unreadable', ...UNKNOWN, trouble: failure.message })
    }
  }
  if (failures.length > 0 && failures.length === overflows.length) throw failures[0]!
  // What has left the pipeline and is empty needs nobody's care.
  return {
    overflows: overflows.filter(({ state, stored }) => state !== 'orphaned' || stored !== 0),
    failure: failures[0],
  }
}

/** What a store has of a pipeline that doesn't run. @throws what opening it throws */
export async function stopped(named: NamedStore): Promise<ListedOverflow> {
  const { name, store, address, isOrphaned, held } = named
  const none = { stored: 0, storedParts: 0, storedBytes: 0, oldestStoredMs: null }
  const base = { name, state: isOrphaned ? 'orphaned' : 'stopped', trouble: null, ...none }
  if (store === undefined) {
    const trouble = `${held ?? 'an unknown number of'} messages, which nothing in the pipeline leads to`
    return { ...base, ...UNKNOWN, stored: held ?? null, trouble, place: placeText(address) }
  }
  const figures = await looked(named)
  return { ...base, place: store.folder ?? store.exclusive, ...figures }
}

/** Of a pair that another process has on the disk no more is known than that. */
async function looked(named: NamedStore): Promise<Partial<ListedOverflow> | undefined> {
  try {
    return await figuresOf(named)
  } catch (error) {
    const { code, message } = error as SluiceError
    if (named.isPair !== true || code !== 'SLUICE_LOG_LOCKED') throw error
    return { state: 'in use', ...UNKNOWN, trouble: message }
  }
}

async function figuresOf(named: NamedStore): Promise<Partial<ListedOverflow> | undefined> {
  return await withLook(named, async ({ owner, ...opened }) => {
    const { messages, parts, bytes } = opened.store.depth
    const { value: oldest } = await storedIn(opened, () => undefined).next()
    const oldestStoredMs = oldest === undefined ? null : Math.max(0, Date.now() - oldest.storedAt)
    const use = owner === undefined ? {} : { state: 'in use', owner }
    return { ...use, stored: messages, storedParts: parts, storedBytes: bytes, oldestStoredMs }
  })
}
