import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { placeFor, toFile } from '../../src/cli/export-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-export-'))
const path = join(folder, 'stored.ndjson')

afterEach(() => {
  vi.restoreAllMocks()
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
})

async function* lines(count: number, failure?: Error): AsyncGenerator<string> {
  for (let index = 0; index < count; index++) yield `${index}\n`
  if (failure !== undefined) throw failure
}

/** What is told of a place that is refused. */
function refusalOf(output: string, mayReplace?: boolean): string {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  expect(() => placeFor(output, mayReplace)).toThrow(expect.objectContaining({ exitCode: 73 }))
  return String(write.mock.calls[0]![0])
}

test('a file comes whole, and only its owner may read it', async () => {
  await toFile(lines(3), placeFor(path))
  expect(readFileSync(path, 'utf8')).toBe('0\n1\n2\n')
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('of a file that fails in between nothing stays, and what was there before does', async () => {
  writeFileSync(path, 'before')
  await expect(toFile(lines(100, new Error('no room')), placeFor(path, true))).rejects.toThrow('no room')
  expect(readdirSync(folder)).toEqual(['stored.ndjson'])
  expect(readFileSync(path, 'utf8')).toBe('before')
})

test('a file that is there is written over only where that is said, and then it is its owner’s', async () => {
  writeFileSync(path, 'before', { mode: 0o644 })
  expect(refusalOf(path)).toContain('say --force')
  await toFile(lines(1), placeFor(path, true))
  expect(readFileSync(path, 'utf8')).toBe('0\n')
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a link stays one, and what is no file is never replaced', async () => {
  writeFileSync(path, 'before')
  const link = join(folder, 'link')
  symlinkSync(path, link)
  await toFile(lines(1), placeFor(link, true))
  expect(readFileSync(path, 'utf8')).toBe('0\n')
  expect(refusalOf('/dev/null', true)).toContain('is no file')
  expect(refusalOf(folder, true)).toContain('is no file')
})

test('a place where no file can be is refused with its name, and without that of the draft', async () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const nowhere = join(folder, 'nowhere', 'stored.ndjson')
  await expect(toFile(lines(1), placeFor(nowhere))).rejects.toMatchObject({ exitCode: 73 })
  expect(write.mock.calls).toEqual([[`sluice: "${nowhere}" can't be written (ENOENT)\n`]])
})
