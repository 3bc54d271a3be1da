import { rename, rm, utimes, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { batch } from '../../src/stages/batch.ts'
import { BEGIN, dataOf, FileRuns, lineOf } from '../support/file-run.ts'

const runs = new FileRuns()
const HOUR = 3_600_000
const MODES = ['each', 'interval', 'never'] as const

describe('file: rotated by size', () => {
  test.each(MODES)('fsync %s: between messages, before the file gets too large, and all is acked', async (fsync) => {
    const run = runs.run({ path: runs.at('x.ndjson'), fsync, rotate: { size: '1KiB' } })
    await run.push(['a', 'b', 'c', 'd', 'e'].map((character) => dataOf(character, 500)))
    await runs.finish(run)
    expect(await runs.content()).toEqual({
      [`x-${BEGIN}-1.ndjson`]: lineOf('a', 500) + lineOf('b', 500),
      [`x-${BEGIN}-2.ndjson`]: lineOf('c', 500) + lineOf('d', 500),
      'x.ndjson': lineOf('e', 500),
    })
    expect(run.acked).toHaveLength(5)
    expect(run.stats.own['rotated']).toBe(2)
  })

  test('what would not fit by itself gets a file of its own, a batch too, in one piece', async () => {
    const run = runs.run(
      { path: runs.at('x.ndjson'), rotate: { size: '1KiB' } },
      { before: [batch({ size: 3, timeout: '1s' })] },
    )
    await run.push(['a', 'b', 'c', 'd'].map((character) => dataOf(character, 600)))
    await run.push([dataOf('e', 5_000), dataOf('f', 10)])
    await runs.finish(run)
    expect(await runs.content()).toEqual({
      [`x-${BEGIN}-1.ndjson`]: lineOf('a', 600) + lineOf('b', 600) + lineOf('c', 600),
      'x.ndjson': lineOf('d', 600) + lineOf('e', 5_000) + lineOf('f', 10),
    })
  })

  test('bytes count, not characters', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), rotate: { size: '1KiB' } })
    await run.push(['ä'.repeat(400), 'ö'.repeat(400)])
    await runs.finish(run)
    expect(Object.keys(await runs.content())).toEqual([`x-${BEGIN}-1.ndjson`, 'x.ndjson'])
  })

  test('what an earlier process has written counts', async () => {
    await writeFile(runs.at('x.ndjson'), lineOf('a', 1_000))
    const run = runs.run({ path: runs.at('x.ndjson'), rotate: { size: '1KiB' } })
    await run.push([dataOf('b', 100)])
    await runs.finish(run)
    expect(await runs.content()).toEqual({
      [`x-${BEGIN}-1.ndjson`]: lineOf('a', 1_000),
      'x.ndjson': lineOf('b', 100),
    })
  })

  test('no file is overwritten, compressed or not', async () => {
    await writeFile(runs.at(`x-${BEGIN}-1.ndjson`), 'one\n')
    await writeFile(runs.at(`x-${BEGIN}-3.ndjson`), 'three\n')
    await writeFile(runs.at(`x-${BEGIN}-2.ndjson.gz`), '')
    const run = runs.run({ path: runs.at('x.ndjson'), rotate: { size: '1KiB' } })
    await run.push(['a', 'b'].map((character) => dataOf(character, 1_000)))
    await runs.finish(run)
    const content = await runs.content().catch((error: unknown) => error)
    expect(content).toMatchObject({ code: 'Z_BUF_ERROR' }) // The empty one is as empty as it was.
    await writeFile(runs.at(`x-${BEGIN}-2.ndjson.gz`), Buffer.from('H4sIAAAAAAAAAwMAAAAAAAAAAAA=', 'base64'))
    expect(await runs.content()).toMatchObject({
      [`x-${BEGIN}-1.ndjson`]: 'one\n',
      [`x-${BEGIN}-3.ndjson`]: 'three\n',
      [`x-${BEGIN}-4.ndjson`]: lineOf('a', 1_000),
      'x.ndjson': lineOf('b', 1_000),
    })
  })
})

describe('file: rotated by time', () => {
  test('when UTC passes a multiple, also where nothing comes; an empty file stays', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), rotate: { every: '1h' } })
    await run.push([1])
    await run.advance(2_799_000)
    expect(Object.keys(await runs.content())).toEqual(['x.ndjson'])
    await run.advance(1_000)
    await run.until(() => run.stats.own['rotated'] === 1, 'it is rotated')
    await run.advance(3 * HOUR)
    expect(run.timers).toBe(0)
    await run.push([2])
    await run.advance(HOUR)
    await run.until(() => run.stats.own['rotated'] === 2, 'it is rotated again')
    await run.push([3])
    await runs.finish(run)
    expect(await runs.content()).toEqual({
      'x-20231114T230000Z-1.ndjson': '1\n',
      'x-20231115T030000Z-1.ndjson': '2\n',
      'x.ndjson': '3\n',
    })
    expect(run.acked).toEqual([1, 2, 3])
  })

  test('a file of an earlier hour is ended at the start', async () => {
    await writeFile(runs.at('x.ndjson'), '0\n')
    await utimes(runs.at('x.ndjson'), 1_700_000_000 - 3_600, 1_700_000_000 - 3_600)
    const run = runs.run({ path: runs.at('x.ndjson'), rotate: { every: '1h' } })
    await run.push([1])
    await runs.finish(run)
    expect(await runs.content()).toEqual({ [`x-${BEGIN}-1.ndjson`]: '0\n', 'x.ndjson': '1\n' })
  })

  test('a file of this hour is gone on with', async () => {
    await writeFile(runs.at('x.ndjson'), '0\n')
    await utimes(runs.at('x.ndjson'), 1_700_000_000 - 60, 1_700_000_000 - 60)
    const run = runs.run({ path: runs.at('x.ndjson'), rotate: { every: '1h' } })
    await run.push([1])
    await run.advance(2_800_000)
    await run.until(() => run.stats.own['rotated'] === 1, 'it is rotated')
    expect(await runs.content()).toEqual({ 'x-20231114T230000Z-1.ndjson': '0\n1\n' })
  })
})

describe('file: how many rotated files stay', () => {
  test('the oldest of this path are removed, counted and told; others are left alone', async () => {
    for (const name of [
      'x-20200101T000000Z-2.ndjson',
      'x-20200101T000000Z-10.ndjson',
      'x-20200101T000000Z-1.ndjson.gz',
    ])
      await writeFile(runs.at(name), '')
    for (const name of ['y-20200101T000000Z-1.ndjson', 'x-20200101T000000Z-1.txt', 'x-2020.ndjson', 'x-y.ndjson'])
      await writeFile(runs.at(name), '')
    const run = runs.run({ path: runs.at('x.ndjson'), rotate: { size: '1KiB', keep: 2 } })
    await run.push(['a', 'b'].map((character) => dataOf(character, 1_000)))
    await runs.finish(run)
    expect(Object.keys(await runs.content())).toEqual([
      'x-2020.ndjson',
      'x-20200101T000000Z-1.txt',
      'x-20200101T000000Z-10.ndjson',
      `x-${BEGIN}-1.ndjson`,
      'x-y.ndjson',
      'x.ndjson',
      'y-20200101T000000Z-1.ndjson',
    ])
    expect(run.stats.own['rotated_removed']).toBe(2)
    expect(run.log.filter(({ message }) => message === 'removed a rotated file: 2 are kept')).toHaveLength(2)
  })

  test('what was rotated last stays, also where the names of others are later: clocks go back', async () => {
    await writeFile(runs.at('x-20990101T000000Z-1.ndjson'), '')
    const run = runs.run({ path: runs.at('x.ndjson'), rotate: { size: '1KiB', keep: 1 } })
    await run.push(['a', 'b'].map((character) => dataOf(character, 1_000)))
    await runs.finish(run)
    expect(await runs.content()).toEqual({
      [`x-${BEGIN}-1.ndjson`]: lineOf('a', 1_000),
      'x.ndjson': lineOf('b', 1_000),
    })
  })

  test('no name is given twice, also where somebody takes files away at once', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), rotate: { size: '1KiB' } })
    await run.push(['a', 'b'].map((character) => dataOf(character, 1_000)))
    await rm(runs.at(`x-${BEGIN}-1.ndjson`))
    await run.push([dataOf('c', 1_000)])
    await runs.acked(run)
    expect(Object.keys(await runs.content())).toEqual([`x-${BEGIN}-2.ndjson`, 'x.ndjson'])
  })

  test.each(['list', 'remove'] as const)('where that fails (%s) it is told, and the flow goes on', async (call) => {
    await writeFile(runs.at('x-20200101T000000Z-2.ndjson'), '')
    const run = runs.run({ path: runs.at('x.ndjson'), rotate: { size: '1KiB', keep: 1 } })
    await run.settle()
    runs.files.failNext(call, 'EIO')
    await run.push(['a', 'b'].map((character) => dataOf(character, 1_000)))
    await runs.finish(run)
    expect(run.acked).toHaveLength(2)
    expect(run.log).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'cannot remove the oldest rotated files: EIO' }),
    )
  })
})

describe('file: a rotation that fails', () => {
  test.each(MODES)('fsync %s: is tried again, and nothing is lost or doubled', async (fsync) => {
    const run = runs.run({ path: runs.at('x.ndjson'), fsync, rotate: { size: '1KiB' } })
    await run.push([dataOf('a', 1_000)])
    await runs.acked(run)
    runs.files.failNext('rename', 'EACCES')
    await run.push([dataOf('b', 1_000)])
    expect(run.pending).toEqual([dataOf('b', 1_000)])
    expect(await runs.content()).toEqual({ 'x.ndjson': lineOf('a', 1_000) })
    await runs.finish(run)
    expect(Object.values(await runs.content())).toEqual([lineOf('a', 1_000), lineOf('b', 1_000)])
    expect(run.stats.own['rotated']).toBe(1)
  })

  test('what the disk does not confirm as it is rotated away comes again, and what it had confirmed stays', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), rotate: { size: '1KiB' } })
    await run.push([dataOf('a', 500)])
    await runs.acked(run)
    runs.files.failNext('datasync', 'EIO')
    await run.push([dataOf('b', 10)])
    await run.push([dataOf('c', 1_000)])
    await runs.finish(run)
    const texts = Object.values(await runs.content()).join('')
    expect(texts.split('\n').toSorted().join('\n')).toBe(
      `\n${lineOf('a', 500)}${lineOf('b', 10)}${dataLine('c', 1_000)}`,
    )
    expect(runs.files.retried).toBe(0)
  })

  test('a disk that is full in the middle of a call: what is in a file by then is not written twice', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), fsync: 'each', rotate: { size: '1KiB' } })
    await run.settle()
    runs.files.failAt('write', 2, 'ENOSPC', { writes: 3 })
    await run.push(['a', 'b', 'c'].map((character) => dataOf(character, 1_000)))
    expect(await runs.content()).toMatchObject({ 'x.ndjson': '' })
    await runs.finish(run)
    const texts = Object.values(await runs.content())
    expect(texts).toEqual(['a', 'b', 'c'].map((character) => lineOf(character, 1_000)))
  })

  test('one that somebody else has moved away meanwhile is begun anew', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), fsync: 'never', rotate: { size: '1KiB' } })
    await run.push([dataOf('a', 1_000)])
    await rename(runs.at('x.ndjson'), runs.at('elsewhere'))
    await run.push([dataOf('b', 1_000)])
    await runs.finish(run)
    expect(await runs.content()).toEqual({ elsewhere: lineOf('a', 1_000), 'x.ndjson': lineOf('b', 1_000) })
  })
})

/** A line without its end. */
function dataLine(character: string, bytes: number): string {
  return lineOf(character, bytes).trimEnd()
}
