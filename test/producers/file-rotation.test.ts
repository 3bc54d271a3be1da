import { copyFileSync, readFileSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Folder, ndjson, ReadingRun } from '../support/reading-run.ts'

/** More than a file is known by, so that its copy is known by its content. */
const MANY = Array.from({ length: 100 }, (_, index) => ({ index, text: `line ${index} of the file` }))

const named = (folder: Folder) => ({ path: folder.at('app.ndjson') })
const matched = (folder: Folder) => ({ path: folder.at('app.ndjson*') })

describe('file: rotation by renaming', () => {
  test.each([
    ['named alone', named],
    ['matched with the rotated ones', matched],
  ])(
    'what was written to the old one before and after is read, and the new one, each once (%s)',
    async (_what, path) => {
      const folder = new Folder()
      folder.write('app.ndjson', ndjson(1))
      const run = await ReadingRun.start(folder, { ...path(folder), rotateWait: '1h' })
      await run.gives(1)
      folder.append('app.ndjson', ndjson(2))
      renameSync(folder.at('app.ndjson'), folder.at('app.ndjson.1'))
      folder.append('app.ndjson.1', ndjson(3))
      folder.write('app.ndjson', ndjson(4))
      await run.gives(4)
      folder.append('app.ndjson.1', ndjson(5))
      await run.gives(5)
      await run.env.advanceAsync(10_000)
      folder.append('app.ndjson', ndjson(6))
      expect(await run.gives(6)).toEqual([1, 2, 3, 4, 5, 6])
      expect(run.warnings).toEqual([])
    },
  )

  test('rotated twice between two looks: all are read where the pattern has them', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(1))
    const run = await ReadingRun.start(folder, matched(folder))
    await run.gives(1)
    for (const value of [2, 3]) {
      renameSync(folder.at('app.ndjson'), folder.at(`app.ndjson.${value}`))
      folder.write('app.ndjson', ndjson(value))
    }
    await run.gives(3)
    await run.env.advanceAsync(10_000)
    expect(new Set(run.values)).toEqual(new Set([1, 2, 3]))
    expect(run.values).toHaveLength(3)
  })

  test('a last line without its end waits until the file is rotated away and quiet, and comes then', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', '1\n2')
    const run = await ReadingRun.start(folder, { ...named(folder), rotateWait: '5s' })
    await run.gives(1)
    await run.env.advanceAsync(20_000)
    expect(run.values).toEqual([1])
    renameSync(folder.at('app.ndjson'), folder.at('app.ndjson.1'))
    await run.env.advanceAsync(3_000)
    folder.append('app.ndjson.1', '3')
    await run.env.advanceAsync(4_500)
    expect(run.values).toEqual([1])
    expect(await run.gives(2)).toEqual([1, 23])
  })

  test('rotated, and packed, while nobody reads: the rest of it is read, and what was read is not', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(...MANY))
    const first = await ReadingRun.start(folder, matched(folder))
    await first.gives(MANY.length)
    await first.stop()
    folder.append('app.ndjson', ndjson('rest'))
    folder.write('app.ndjson.1.gz', gzipSync(readFileSync(folder.at('app.ndjson'))))
    folder.write('app.ndjson', ndjson('new'))
    const second = await ReadingRun.start(folder, matched(folder))
    await second.gives(2)
    await second.env.advanceAsync(10_000)
    expect(new Set(second.values)).toEqual(new Set(['new', 'rest']))
    expect(second.values).toHaveLength(2)
  })

  test('rotated and packed while it runs: nothing comes twice', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(...MANY))
    const run = await ReadingRun.start(folder, matched(folder))
    await run.gives(MANY.length)
    renameSync(folder.at('app.ndjson'), folder.at('app.ndjson.1'))
    folder.write('app.ndjson', ndjson('new'))
    await run.env.advanceAsync(10_000)
    folder.write('app.ndjson.1.gz', gzipSync(readFileSync(folder.at('app.ndjson.1'))))
    rmSync(folder.at('app.ndjson.1'))
    await run.env.advanceAsync(20_000)
    folder.append('app.ndjson', ndjson('last'))
    expect(await run.gives(MANY.length + 2)).toEqual([...MANY, 'new', 'last'])
  })

  test.each([MANY, [1]])('renamed and packed at once, while it is read: nothing comes twice', async (...values) => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(...values))
    const run = await ReadingRun.start(folder, matched(folder))
    await run.gives(values.length)
    folder.append('app.ndjson', ndjson('unread'))
    folder.write('app.ndjson.1.gz', gzipSync(readFileSync(folder.at('app.ndjson'))))
    rmSync(folder.at('app.ndjson'))
    folder.write('app.ndjson', ndjson('new'))
    await run.gives(values.length + 2)
    await run.env.advanceAsync(30_000)
    await run.settle()
    expect(run.values).toHaveLength(values.length + 2)
    await run.stop()
    const second = await ReadingRun.start(folder, matched(folder))
    await second.env.advanceAsync(30_000)
    await second.settle()
    expect(second.values).toEqual([])
  })

  test('packed slowly, while the file is still there: nothing comes twice', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(...MANY))
    const run = await ReadingRun.start(folder, matched(folder))
    await run.gives(MANY.length)
    renameSync(folder.at('app.ndjson'), folder.at('app.ndjson.1'))
    const packed = gzipSync(ndjson(...MANY), { level: 0 })
    for (let part = 1; part < 8; part++) {
      folder.write('app.ndjson.1.gz', packed.subarray(0, (packed.length * part) >> 3))
      await run.env.advanceAsync(3_000)
      await run.settle()
    }
    folder.write('app.ndjson.1.gz', packed)
    rmSync(folder.at('app.ndjson.1'))
    await run.env.advanceAsync(30_000)
    await run.settle()
    expect(run.values).toEqual(MANY)
  })
})

describe('file: emptied in place', () => {
  test('without a copy it is read from its beginning, and told', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(1, 2, 3))
    const run = await ReadingRun.start(folder, named(folder))
    await run.gives(3)
    truncateSync(folder.at('app.ndjson'))
    folder.append('app.ndjson', ndjson(4))
    expect(await run.gives(4)).toEqual([1, 2, 3, 4])
    expect(run.warnings).toEqual([
      expect.stringMatching(/app[.]ndjson" was emptied or written over: it is read from its/),
    ])
    expect(run.line.metric('file', 'truncated_files')).toBe(1)
  })

  test('written over with as much or more: known by what it begins with', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(1, 2, 3))
    const run = await ReadingRun.start(folder, named(folder))
    await run.gives(3)
    truncateSync(folder.at('app.ndjson'))
    folder.append('app.ndjson', ndjson(4, 5, 6, 7))
    expect(await run.gives(7)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test('with a copy that the pattern has: what was not read is read there, and nothing comes twice', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(...MANY))
    const run = await ReadingRun.start(folder, matched(folder))
    await run.gives(MANY.length)
    folder.append('app.ndjson', ndjson('unread'))
    copyFileSync(folder.at('app.ndjson'), folder.at('app.ndjson.1'))
    truncateSync(folder.at('app.ndjson'))
    folder.append('app.ndjson', ndjson('new'))
    await run.gives(MANY.length + 2)
    await run.env.advanceAsync(20_000)
    expect(run.values).toHaveLength(MANY.length + 2)
    expect(new Set(run.values.slice(MANY.length))).toEqual(new Set(['new', 'unread']))
  })

  test('a copy that is seen before the file is emptied is waited with', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(...MANY))
    const run = await ReadingRun.start(folder, { ...matched(folder), rotateWait: '1h' })
    await run.gives(MANY.length)
    copyFileSync(folder.at('app.ndjson'), folder.at('app.ndjson.1'))
    await run.env.advanceAsync(2_000)
    truncateSync(folder.at('app.ndjson'))
    folder.append('app.ndjson', ndjson('new'))
    await run.gives(MANY.length + 1)
    await run.env.advanceAsync(20_000)
    expect(run.values).toEqual([...MANY, 'new'])
  })

  test('a copy beside a file that stays is another file', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(...MANY))
    const run = await ReadingRun.start(folder, matched(folder))
    await run.gives(MANY.length)
    copyFileSync(folder.at('app.ndjson'), folder.at('app.ndjson.1'))
    expect(await run.gives(2 * MANY.length)).toEqual([...MANY, ...MANY])
    expect(new Set(run.ids).size).toBe(2 * MANY.length)
  })
})
