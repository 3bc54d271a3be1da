import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { asError } from '../core/errors.ts'
import { errnoOf } from '../kit/errno.ts'
import { systemError } from './errors.ts'
import { makeFolder, realLogFiles } from './log/files.ts'

const address = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('embedded'), folder: z.string().min(1) }),
  z.object({ kind: z.literal('redis'), server: z.string().min(1), prefix: z.string().min(1) }),
])

const record = z.object({
  /** As `batches.ledger`, or `ingress`. */
  edge: z.string().min(1),
  address,
  /** Messages that it had when it was closed; null where nobody knows, as after a crash. */
  held: z.int().min(0).nullable(),
})

const document = z.object({ version: z.literal(1), overflows: z.array(record) })

/** An overflow whose store isn't found by a folder beside its pipeline. */
export type StoreRecord = z.output<typeof record>

const adoption = z.object({
  version: z.literal(1),
  /** Where the messages are taken from, and where they go, in words that only these two stores have. */
  source: z.string(),
  target: z.string(),
  /** A piece that is being moved: its numbers in the source, from one on up to another, and the first in the target. */
  from: z.int().min(1),
  until: z.int().min(1),
  to: z.int().min(1),
})

/** How far the messages of a store have been moved behind those of another one. */
export type AdoptionRecord = Omit<z.output<typeof adoption>, 'version'>

export type NotedPiece = Omit<AdoptionRecord, 'source' | 'target'>

/** What a file says; `damaged` says why nobody knows. */
export interface Recorded<T> {
  readonly value: T | undefined
  readonly damaged?: string
}

const FILE_MODE = 0o640

/** The overflows of a pipeline of which no folder tells, from its data folder. Never fails. */
export async function readStoreRecords(folder: string): Promise<Recorded<readonly StoreRecord[]>> {
  const { value, ...rest } = await readRecord(storeRecordsFile(folder), document)
  return { value: value?.overflows, ...rest }
}

/** Replaces them at once; what can't be read is kept beside them. @throws SLUICE_LOG_… */
export async function writeStoreRecords(folder: string, overflows: readonly StoreRecord[]): Promise<void> {
  const path = storeRecordsFile(folder)
  const { damaged } = await readStoreRecords(folder)
  if (damaged !== undefined) await rename(path, `${path}.damaged`).catch(() => undefined)
  await writeRecord(folder, path, { version: 1, overflows })
}

export function storeRecordsFile(folder: string): string {
  return join(folder, 'overflows.json')
}

/** The adoption that has not come to its end, if there is one. Never fails. */
export async function readAdoption(folder: string): Promise<AdoptionRecord | undefined> {
  const { version: _, ...noted } = (await readRecord(adoptionFile(folder), adoption)).value ?? { version: 1 }
  return 'source' in noted ? noted : undefined
}

/** @param record undefined when it has come to its end. @throws SLUICE_LOG_… */
export async function writeAdoption(folder: string, given: AdoptionRecord | undefined): Promise<void> {
  const path = adoptionFile(folder)
  if (given !== undefined) return await writeRecord(folder, path, { version: 1, ...given })
  try {
    await realLogFiles.remove(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw systemError('SLUICE_LOG_WRITE_FAILED', `cannot remove "${path}"`, error)
  }
}

function adoptionFile(folder: string): string {
  return join(folder, 'adoption.json')
}

async function readRecord<T>(path: string, schema: z.ZodType<T>): Promise<Recorded<T>> {
  try {
    return { value: schema.parse(JSON.parse(await readFile(path, 'utf8'))) }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return { value: undefined }
    const why = error instanceof z.ZodError ? z.prettifyError(error) : asError(error).message
    return { value: undefined, damaged: `"${path}" can't be read: ${why}` }
  }
}

/** Written beside it, confirmed by the disk, and put in its place. */
async function writeRecord(folder: string, path: string, value: unknown): Promise<void> {
  const draft = `${path}.${process.pid}.draft`
  try {
    await makeFolder(folder)
    const file = await open(draft, 'w', FILE_MODE)
    try {
      await file.writeFile(`${JSON.stringify(value, undefined, 2)}\n`)
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    await realLogFiles.syncFolder(folder)
  } catch (error) {
    throw systemError('SLUICE_LOG_WRITE_FAILED', `cannot write "${path}"`, error)
  }
}
