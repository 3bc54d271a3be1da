import { chmod, readdir, stat, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { BEGIN, dataOf, FileRuns, lineOf } from '../support/file-run.ts'

const runs = new FileRuns()
const PLAIN = `x-${BEGIN}-1.ndjson`
const rotate = { size: '1KiB', gzip: true }

test('rotated files are compressed beside the flow, whole, and a run that ends by itself waits for them', async () => {
  const run = runs.run({ path: runs.at('x.ndjson'), rotate })
  await run.push(['a', 'b', 'c', 'd'].map((character) => dataOf(character, 1_000)))
  await runs.finish(run)
  expect(await runs.content()).toEqual({
    [`x-${BEGIN}-1.ndjson.gz`]: lineOf('a', 1_000),
    [`x-${BEGIN}-2.ndjson.gz`]: lineOf('b', 1_000),
    [`x-${BEGIN}-3.ndjson.gz`]: lineOf('c', 1_000),
    'x.ndjson': lineOf('d', 1_000),
  })
  expect(run.stats.own['gzipped']).toBe(3)
  expect((await stat(runs.at(`x-${BEGIN}-1.ndjson.gz`))).mode & 0o777 & ~0o640).toBe(0)
})

test('one at a time, and a file of many reads is whole', async () => {
  const run = runs.run({ path: runs.at('x.ndjson'), rotate: { size: '300KiB', gzip: true } })
  const values = Array.from({ length: 20_000 }, (_, n) => `${n} ${Math.sin(n)}`)
  await run.push(values)
  await runs.finish(run)
  const texts = Object.values(await runs.content())
  expect(
    texts
      .join('')
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as string)
      .toSorted(),
  ).toEqual(values.toSorted())
  const begun = runs.files.calls.filter((call) => call === 'openToRead' || call === 'remove')
  expect(begun.length).toBeGreaterThan(1)
  expect(begun.every((call, index) => call === (index % 2 === 0 ? 'openToRead' : 'remove'))).toBe(true)
})

test('what a killed process left is compressed, half a file is thrown away, and others are left alone', async () => {
  await writeFile(runs.at(PLAIN), 'one\n')
  await writeFile(runs.at(`x-${BEGIN}-2.ndjson`), 'two\n')
  await writeFile(runs.at(`x-${BEGIN}-2.ndjson.gz`), gzipSync('two\n'))
  await writeFile(runs.at(`.${PLAIN}.gz.sluice-part`), gzipSync('one\n').subarray(0, 9))
  await writeFile(runs.at('.y.ndjson.sluice-part'), 'not ours\n')
  await writeFile(runs.at(`y-${BEGIN}-1.ndjson`), 'not ours\n')
  const run = runs.run({ path: runs.at('x.ndjson'), rotate })
  await runs.finish(run)
  expect(await runs.content()).toEqual({
    '.y.ndjson.sluice-part': 'not ours\n',
    [`${PLAIN}.gz`]: 'one\n',
    [`x-${BEGIN}-2.ndjson.gz`]: 'two\n',
    'x.ndjson': '',
    [`y-${BEGIN}-1.ndjson`]: 'not ours\n',
  })
  expect(run.stats.own['parts_removed']).toBe(1)
})

test.each([
  ['openToRead', 'EIO'],
  ['openFile', 'EMFILE'],
  ['write', 'ENOSPC'],
  ['datasync', 'EIO'],
  ['rename', 'EACCES'],
] as const)('one that fails (%s %s) leaves the plain file, tells so, and nothing half', async (call, code) => {
  await writeFile(runs.at(PLAIN), 'one\n')
  // The live file is opened first.
  runs.files.failAt(call, call === 'openFile' ? 2 : 1, code)
  const run = runs.run({ path: runs.at('x.ndjson'), rotate })
  await run.until(() => run.stats.own['gzip_failures'] === 1, 'it has failed')
  expect(await runs.content()).toEqual({ [PLAIN]: 'one\n', 'x.ndjson': '' })
  expect(run.log).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      message: `cannot compress a rotated file, which stays as it is: ${code}`,
    }),
  )
  await run.push([1])
  await runs.finish(run)
})

test('one that is removed before its turn, as the oldest, is passed over', async () => {
  const run = runs.run({ path: runs.at('x.ndjson'), rotate: { ...rotate, keep: 1 } })
  await run.push(Array.from({ length: 20 }, (_, n) => dataOf(String(n % 10), 1_000)))
  await runs.finish(run)
  expect(run.stats.own['gzip_failures']).toBeUndefined()
  expect(run.stats.own['rotated']).toBe(19)
  expect(run.stats.own['rotated_removed']).toBe(18)
  expect(Object.values(await runs.content())).toEqual([lineOf('8', 1_000), lineOf('9', 1_000)])
  expect(run.log.filter(({ level }) => level === 'warn')).toEqual([])
})

test('a stop does not wait for it: the plain file stays, and the next start goes on', async () => {
  const run = runs.run({ path: runs.at('x.ndjson'), rotate: { size: '64MiB', gzip: true } })
  await writeFile(runs.at(PLAIN), Buffer.alloc(64 * 1024 ** 2))
  const next = runs.run({ path: runs.at('x.ndjson'), rotate: { size: '64MiB', gzip: true } })
  await run.stop()
  await next.until(() => runs.files.calls.includes('openToRead'), 'it has begun')
  await next.stop()
  expect((await readdir(runs.folder)).toSorted()).toEqual([PLAIN, 'x.ndjson'])
})

test('a folder that cannot be listed is told when the consumer is opened', async () => {
  runs.files.failNext('list', 'EACCES')
  const run = runs.run({ path: runs.at('x.ndjson'), rotate })
  await expect(run.settle()).rejects.toMatchObject({ code: 'SLUICE_FILE_FORBIDDEN' })
  await chmod(runs.folder, 0o700)
})
