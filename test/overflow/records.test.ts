import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import {
  readAdoption,
  readStoreRecords,
  storeRecordsFile,
  writeAdoption,
  writeStoreRecords,
  type StoreRecord,
} from '../../src/overflow/records.ts'

const folders: string[] = []
afterEach(() => folders.splice(0).forEach((path) => rmSync(path, { recursive: true, force: true })))

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-records-'))
  folders.push(path)
  return path
}

const RECORDS: StoreRecord[] = [
  { edge: 'a.b', address: { kind: 'redis', server: 'redis:6379', prefix: 'sluice' }, held: null },
  { edge: 'door', address: { kind: 'embedded', folder: '/mnt/door' }, held: 12 },
]

test('records of stores are found again, in a folder that is made for them, with no draft left', async () => {
  const path = join(folder(), 'pipeline')
  expect(await readStoreRecords(path)).toEqual({ value: undefined })
  await writeStoreRecords(path, RECORDS)
  expect(await readStoreRecords(path)).toEqual({ value: RECORDS })
  expect(readdirSync(path)).toEqual(['overflows.json'])
})

test.each(['', '{', '[]', '{"version":2,"overflows":[]}', '{"version":1,"overflows":[{"edge":1}]}'])(
  'records that are damaged (%j) are told, and kept when others are written',
  async (text) => {
    const path = folder()
    writeFileSync(storeRecordsFile(path), text)
    const { value, damaged } = await readStoreRecords(path)
    expect([value, damaged]).toEqual([undefined, expect.stringContaining(storeRecordsFile(path))])
    await writeStoreRecords(path, RECORDS)
    expect(await readStoreRecords(path)).toEqual({ value: RECORDS })
    expect(readFileSync(`${storeRecordsFile(path)}.damaged`, 'utf8')).toBe(text)
  },
)

test('an adoption is noted, and its note removed; twice is no mistake', async () => {
  const path = folder()
  const noted = { source: 'folder /a', target: 'folder /b', from: 1, until: 1001, to: 5 }
  expect(await readAdoption(path)).toBeUndefined()
  await writeAdoption(path, noted)
  expect(await readAdoption(path)).toEqual(noted)
  await writeAdoption(path, undefined)
  await writeAdoption(path, undefined)
  expect(await readAdoption(path)).toBeUndefined()
})

test('what cannot be written is an error of the disk', async () => {
  const path = join(folder(), 'file')
  writeFileSync(path, '')
  await expect(writeStoreRecords(path, [])).rejects.toMatchObject({ code: expect.stringMatching(/^SLUICE_LOG_/) })
})
