import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { BEGIN, dataOf, FileRuns, lineOf } from '../support/file-run.ts'

const runs = new FileRuns()
const TO = 'data.to'

describe('file: how many are open', () => {
  test.each(['each', 'interval', 'never'] as const)(
    'fsync %s: never more than `maxOpen`, and what is closed was confirmed, and is gone on with',
    async (fsync) => {
      const run = runs.run({ root: runs.folder, to: TO, maxOpen: 2, fsync })
      const values = Array.from({ length: 200 }, (_, n) => ({ to: `f${n % 5}`, n }))
      await run.push(values)
      await runs.finish(run)
      expect(runs.files.mostOpen).toBeLessThanOrEqual(2)
      expect(run.acked).toEqual(values)
      const content = await runs.content()
      for (let number = 0; number < 5; number++) {
        const lines = values.filter(({ to }) => to === `f${number}`).map((value) => `${JSON.stringify(value)}\n`)
        expect(content[`f${number}`]).toBe(lines.join(''))
      }
    },
  )

  test('the one that was not written to for longest is closed', async () => {
    const run = runs.run({ root: runs.folder, to: TO, maxOpen: 2, fsync: 'each' }, { settings: { callSize: 1 } })
    await run.push(['a', 'b', 'a', 'c', 'a'].map((to) => ({ to })))
    await runs.finish(run)
    expect(runs.files.calls.filter((call) => call === 'openFile')).toHaveLength(3)
    expect(run.stats.own['closed_early']).toBe(1)
  })

  test('atomic ones are completed early', async () => {
    const run = runs.run({ root: runs.folder, to: TO, maxOpen: 1, atomic: true, rotate: { every: '1h' } })
    await run.push([{ to: 'a' }, { to: 'b' }])
    expect(run.acked).toEqual([{ to: 'a' }])
    expect(Object.keys(await runs.content())).toEqual(['.b.sluice-part', `a-${BEGIN}-1`])
  })
})

describe('file: several files and a disk that fails', () => {
  test.each(['each', 'interval'] as const)(
    'fsync %s: one file that is not confirmed comes again, the others are not written twice',
    async (fsync) => {
      const run = runs.run({ root: runs.folder, to: TO, fsync })
      await run.settle()
      runs.files.failAt('datasync', 2, 'EIO')
      await run.push(['a', 'b', 'c'].map((to) => ({ to })))
      await runs.finish(run)
      expect(await runs.content()).toEqual({ a: '{"to":"a"}\n', b: '{"to":"b"}\n', c: '{"to":"c"}\n' })
      expect(runs.files.retried).toBe(0)
    },
  )

  test.each([
    ['write', 'ENOSPC'],
    ['openFile', 'EMFILE'],
    ['openFile', 'ENOSPC'],
    ['makeFolder', 'ENOSPC'],
  ] as const)('%s %s: its messages come again, the others are not written twice', async (call, code) => {
    const run = runs.run({ root: runs.folder, to: TO })
    await run.settle()
    runs.files.failAt(call, 2, code)
    await run.push(['d/a', 'e/b', 'f/c'].map((to) => ({ to })))
    await runs.finish(run)
    expect(await runs.content()).toEqual({
      'd/a': '{"to":"d/a"}\n',
      'e/b': '{"to":"e/b"}\n',
      'f/c': '{"to":"f/c"}\n',
    })
  })
})

describe('file: several files, each with its own rotation', () => {
  test('by size, and what a killed process left anywhere is cleaned up', async () => {
    await mkdir(runs.at('out/deep/er'), { recursive: true })
    await writeFile(runs.at('out/deep/er/.x.ndjson.sluice-part'), 'half')
    await writeFile(runs.at('out/deep/y-20200101T000000Z-1.ndjson'), 'old\n')
    const run = runs.run({
      root: runs.at('out'),
      to: 'data.to + ".ndjson"',
      maxOpen: 1,
      rotate: { size: '1KiB', gzip: true },
    })
    const values = ['a', 'b', 'a', 'b'].map((to) => ({ to, text: dataOf(to, 600) }))
    await run.push(values)
    await runs.finish(run)
    const lines = values.map((value) => `${JSON.stringify(value)}\n`)
    expect(await runs.content()).toEqual({
      'out/a.ndjson': lines[2],
      [`out/a-${BEGIN}-1.ndjson.gz`]: lines[0],
      'out/b.ndjson': lines[3],
      [`out/b-${BEGIN}-1.ndjson.gz`]: lines[1],
      'out/deep/y-20200101T000000Z-1.ndjson.gz': 'old\n',
    })
  })

  test('by time, where it is open; one that was closed when it is next written to', async () => {
    const run = runs.run({ root: runs.folder, to: TO, maxOpen: 1, fsync: 'each', rotate: { every: '1h' } })
    await run.push([{ to: 'a' }, { to: 'b' }])
    await utimes(runs.at('a'), 1_700_000_000, 1_700_000_000)
    await run.advance(2_800_000)
    await run.until(() => run.stats.own['rotated'] === 1, 'what is open is rotated')
    expect(Object.keys(await runs.content())).toEqual(['a', 'b-20231114T230000Z-1'])
    await run.advance(1_000)
    await run.push([{ to: 'a' }])
    expect(Object.keys(await runs.content())).toEqual(['a', 'a-20231114T230001Z-1', 'b-20231114T230000Z-1'])
  })
})

test('file: lines longer than any buffer are whole', async () => {
  const run = runs.run({ root: runs.folder, to: '"x"', rotate: { size: '1KiB' } })
  await run.push([dataOf('a', 3_000_000)])
  await runs.finish(run)
  expect(await readFile(runs.at('x'), 'utf8')).toBe(lineOf('a', 3_000_000))
})
