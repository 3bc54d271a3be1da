import { mkdtemp, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AppendFile } from '../../src/kit/append-file.ts'
import { FaultyFiles } from '../support/faulty-files.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  path = join(folder, 'ledger.ndjson')
})
afterEach(() => rm(folder, { recursive: true }))

async function open(files?: FaultyFiles): Promise<AppendFile> {
  const file = new AppendFile(path, files)
  await file.open()
  return file
}

const content = (): Promise<string> => readFile(path, 'utf8')
const bytes = (text: string): Buffer => Buffer.from(text)

describe('append file: opening', () => {
  test('makes a file that its owner writes, its group reads and others do not see', async () => {
    const file = await open()
    await file.close()
    expect((await stat(path)).mode & 0o777 & ~0o640).toBe(0)
    expect(await content()).toBe('')
  })

  test('writes behind what is there', async () => {
    await writeFile(path, 'a\n')
    const file = await open()
    await file.append(bytes('b\n'))
    await file.close()
    expect(await content()).toBe('a\nb\n')
  })

  test('cuts a last line without its end off, wherever that begins, and says how long it was (property)', async () => {
    const lines = fc.array(fc.string({ maxLength: 80_000, size: 'max' }), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(lines, fc.string({ maxLength: 200_000, size: 'max' }), async (whole, rest) => {
        const kept = whole.map((text) => `${text.replaceAll('\n', '')}\n`).join('')
        const torn = rest.replaceAll('\n', '')
        await writeFile(path, kept + torn)
        const file = new AppendFile(path)
        expect(await file.open()).toBe(Buffer.byteLength(torn))
        await file.close()
        expect(await content()).toBe(kept)
      }),
      { numRuns: 30 },
    )
  })

  test('finds the end of the last line also where reads are short', async () => {
    await writeFile(path, 'first\nsecond\ntorn and long')
    const files = new FaultyFiles()
    files.longestRead = 3
    const file = await open(files)
    await file.close()
    expect(await content()).toBe('first\nsecond\n')
  })

  test.each([
    { what: 'a folder that is not there', problem: /^there is no folder for ".*" \(ENOENT\)$/ },
    { what: 'a folder in the place of the file', problem: /^this is a folder, not a file: ".*" \(EISDIR\)$/ },
    { what: 'a device', problem: /^"\/dev\/null" is not a regular file/ },
  ])('refuses $what', async ({ what, problem }) => {
    const at = what === 'a device' ? '/dev/null' : what === 'a folder that is not there' ? join(path, 'x') : folder
    const message: unknown = expect.stringMatching(problem)
    await expect(new AppendFile(at).open()).rejects.toMatchObject({ code: 'SLUICE_FILE_UNUSABLE', message })
  })

  test('a missing permission is told as such', async () => {
    const files = new FaultyFiles()
    files.failNext('openFile', 'EACCES')
    await expect(new AppendFile(path, files).open()).rejects.toMatchObject({ code: 'SLUICE_FILE_FORBIDDEN' })
  })

  test.each([
    ['ENOSPC', 'SLUICE_FILE_FULL'],
    ['EMFILE', 'SLUICE_FILE_WRITE_FAILED'],
    ['EIO', 'SLUICE_FILE_WRITE_FAILED'],
  ])('what another try may mend is not called an unusable path: %s', async (errno, code) => {
    const files = new FaultyFiles()
    files.failNext('openFile', errno)
    await expect(new AppendFile(path, files).open()).rejects.toMatchObject({ code, kind: 'place' })
  })
})

describe('append file: writing', () => {
  test('a short write is gone on with', async () => {
    const files = new FaultyFiles()
    files.longestWrite = 4
    const file = await open(files)
    await file.append(bytes('0123456789\n'))
    await file.append(bytes('ab\n'))
    await file.close()
    expect(files.calls).toEqual(['openFile', 'write 11', 'write 7', 'write 3', 'write 3'])
    expect(await content()).toBe('0123456789\nab\n')
  })

  test.each([
    ['ENOSPC', 'SLUICE_FILE_FULL'],
    ['EDQUOT', 'SLUICE_FILE_FULL'],
    ['EIO', 'SLUICE_FILE_WRITE_FAILED'],
  ])('a write that fails with %s is cut back to the last good end, and the next one goes well', async (errno, code) => {
    const files = new FaultyFiles()
    const file = await open(files)
    await file.append(bytes('one\n'))
    files.failNext('write', errno, { writes: 3 })
    await expect(file.append(bytes('two\n'))).rejects.toMatchObject({ code, kind: 'place' })
    expect(await content()).toBe('one\n')
    await file.append(bytes('three\n'))
    await file.close()
    expect(await content()).toBe('one\nthree\n')
  })

  test('where cutting back fails too, it is done before the next write', async () => {
    const files = new FaultyFiles()
    const file = await open(files)
    await file.append(bytes('one\n'))
    files.failNext('write', 'ENOSPC', { writes: 3 })
    files.failNext('truncate', 'EIO')
    await expect(file.append(bytes('two\n'))).rejects.toMatchObject({ code: 'SLUICE_FILE_FULL' })
    expect(await content()).toBe('one\ntwo')
    await file.append(bytes('three\n'))
    await file.sync()
    await file.close()
    expect(await content()).toBe('one\nthree\n')
  })

  test('a file that somebody has emptied meanwhile is not filled with zeros', async () => {
    const files = new FaultyFiles()
    const file = await open(files)
    await file.append(bytes('one\n'))
    await truncate(path, 0)
    files.failNext('write', 'ENOSPC')
    await expect(file.append(bytes('two\n'))).rejects.toMatchObject({ code: 'SLUICE_FILE_FULL' })
    await file.append(bytes('three\n'))
    await file.close()
    expect(await content()).toBe('three\n')
  })
})

describe('append file: syncing', () => {
  test('asks the disk once for what was written, and not at all for nothing', async () => {
    const files = new FaultyFiles()
    const file = await open(files)
    const syncs = (): number => files.calls.filter((call) => call === 'datasync').length
    await file.append(bytes('one\n'))
    await file.append(bytes('two\n'))
    await file.sync()
    expect(syncs()).toBe(1)
    await file.sync()
    expect(syncs()).toBe(1)
    await file.close()
  })

  test('after one that failed what was not confirmed is gone, and its descriptor is never asked again', async () => {
    const files = new FaultyFiles()
    const file = await open(files)
    await file.append(bytes('one\n'))
    await file.sync()
    await file.append(bytes('two\n'))
    files.failNext('datasync', 'EIO')
    await expect(file.sync()).rejects.toMatchObject({ code: 'SLUICE_FILE_SYNC_FAILED', kind: 'place' })
    expect(await content()).toBe('one\n')
    await file.sync()
    await file.append(bytes('three\n'))
    await file.sync()
    await file.close()
    expect(await content()).toBe('one\nthree\n')
    expect(files.retried).toBe(0)
  })
})

describe('append file: somebody else moves it', () => {
  const moved = { code: 'SLUICE_FILE_MOVED', kind: 'place' }

  test('renamed: what was not confirmed is taken back from it, and the next write makes a new file', async () => {
    const file = await open()
    await file.append(bytes('one\n'))
    await file.sync()
    await file.append(bytes('two\n'))
    await rename(path, `${path}.1`)
    await expect(file.sync()).rejects.toMatchObject(moved)
    expect(await readFile(`${path}.1`, 'utf8')).toBe('one\n')
    await file.append(bytes('three\n'))
    await file.sync()
    await file.close()
    expect(await content()).toBe('three\n')
    expect(await readFile(`${path}.1`, 'utf8')).toBe('one\n')
  })

  test('renamed, with another file in its place: that one is gone on with behind its last whole line', async () => {
    const file = await open()
    await file.append(bytes('one\n'))
    await rename(path, `${path}.1`)
    await writeFile(path, 'a longer line than those before\ntorn')
    await expect(file.sync()).rejects.toMatchObject(moved)
    await file.append(bytes('two\n'))
    await file.sync()
    await file.close()
    expect(await content()).toBe('a longer line than those before\ntwo\n')
  })

  test('removed: what was not confirmed is not called durable, and the next write makes a new file', async () => {
    const file = await open()
    await file.append(bytes('one\n'))
    await rm(path)
    await expect(file.sync()).rejects.toMatchObject(moved)
    await file.append(bytes('two\n'))
    await file.sync()
    await file.close()
    expect(await content()).toBe('two\n')
  })

  test('emptied: what was not confirmed is not called durable, and no line that came later is cut', async () => {
    const file = await open()
    await file.append(bytes('one\n'))
    await file.sync()
    await file.append(bytes('two\n'))
    await truncate(path, 0)
    await file.append(bytes('later\n'))
    await expect(file.sync()).rejects.toMatchObject(moved)
    await file.append(bytes('last\n'))
    await file.sync()
    await file.close()
    expect(await content()).toBe('later\nlast\n')
  })

  test('replaced while a failed sync has it opened anew: nothing of the other file is cut off', async () => {
    const files = new FaultyFiles()
    const file = await open(files)
    await file.append(bytes('one\n'))
    files.failNext('datasync', 'EIO')
    await expect(file.sync()).rejects.toMatchObject({ code: 'SLUICE_FILE_SYNC_FAILED' })
    await rename(path, `${path}.1`)
    await writeFile(path, 'other\n')
    await file.append(bytes('two\n'))
    await file.sync()
    await file.close()
    expect(await content()).toBe('other\ntwo\n')
  })
})
