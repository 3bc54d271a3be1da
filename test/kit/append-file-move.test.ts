import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AppendFile } from '../../src/kit/append-file.ts'
import { FaultyFiles } from '../support/faulty-files.ts'

let folder: string
let path: string
let files: FaultyFiles
let file: AppendFile

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  path = join(folder, 'ledger.ndjson')
  files = new FaultyFiles()
  file = new AppendFile(path, files)
  await file.open()
})
afterEach(async () => {
  await file.close()
  await rm(folder, { recursive: true })
})

const content = (at = path): Promise<string> => readFile(at, 'utf8')

test('a file that was moved has its lines, and the next ones are in a new one', async () => {
  await file.append(Buffer.from('one\n'))
  expect(file.size).toBe(4)
  await file.sync()
  await file.moveTo(`${path}.1`)
  expect(file.size).toBe(0)
  await file.append(Buffer.from('second\n'))
  await file.sync()
  expect(file.size).toBe(7)
  expect(await content(`${path}.1`)).toBe('one\n')
  expect(await content()).toBe('second\n')
})

test('one that cannot be moved is gone on with', async () => {
  await file.append(Buffer.from('one\n'))
  files.failNext('rename', 'EACCES')
  await expect(file.moveTo(`${path}.1`)).rejects.toMatchObject({
    code: 'SLUICE_FILE_ROTATE_FAILED',
    kind: 'place',
    message: expect.stringMatching(/^cannot give the name "ledger\.ndjson\.1" to ".*ledger\.ndjson" \(EACCES\)$/),
  })
  await file.append(Buffer.from('two\n'))
  await file.sync()
  expect(await content()).toBe('one\ntwo\n')
})

test('one that somebody else has moved is told, and begun anew', async () => {
  await file.append(Buffer.from('one\n'))
  await rename(path, `${path}.0`)
  await expect(file.moveTo(`${path}.1`)).rejects.toMatchObject({ code: 'SLUICE_FILE_MOVED', kind: 'place' })
  await file.append(Buffer.from('two\n'))
  await file.sync()
  expect(await content()).toBe('two\n')
})

test('one that was abandoned is taken for another one: what is there counts', async () => {
  await file.append(Buffer.from('one\n'))
  await file.abandon()
  expect(file.size).toBe(0)
  await file.append(Buffer.from('two\n'))
  expect(file.size).toBe(8)
})
