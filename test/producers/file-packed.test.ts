import { readFileSync, renameSync, rmSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { gate } from '../support/ends.ts'
import { Folder, killed, ndjson, ReadingRun } from '../support/reading-run.ts'

/** More than a file is known by, so that its copy is known by its content. */
const MANY = Array.from({ length: 100 }, (_, index) => ({ index, text: `line ${index} of the file` }))

const matched = (folder: Folder) => ({ path: folder.at('app.ndjson*') })

describe('file: rotated files that are packed', () => {
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

  test('rotated, and packed, after a kill before anything was written down: all comes again with the same ids', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(...MANY))
    const output = gate()
    const first = await ReadingRun.start(folder, matched(folder), { output })
    await first.gives(1)
    const checkpoints = killed(first, folder)
    folder.write('app.ndjson.1.gz', gzipSync(readFileSync(folder.at('app.ndjson'))))
    folder.write('app.ndjson', ndjson('new'))
    const second = await ReadingRun.start(folder, { ...matched(folder), checkpoints })
    await second.gives(MANY.length + 1)
    expect(second.ids).toContain(first.ids[0])
    output.open()
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

  test.each([
    ['is read', '60s'],
    ['was read to its end', '30s'],
  ])('packed slowly, while the file is still there and %s: nothing comes twice', async (_what, rotateWait) => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(...MANY))
    const run = await ReadingRun.start(folder, { ...matched(folder), rotateWait })
    await run.gives(MANY.length)
    renameSync(folder.at('app.ndjson'), folder.at('app.ndjson.1'))
    if (rotateWait === '30s') await run.until(() => folder.marks[0]!.doneAt !== undefined, 'it is let go')
    const packed = gzipSync(ndjson(...MANY), { level: 0 })
    for (let part = 0; part < 8; part++) {
      folder.write('app.ndjson.1.gz', packed.subarray(0, (packed.length * part) >> 3))
      await run.env.advanceAsync(300)
      await run.settle()
    }
    folder.write('app.ndjson.1.gz', packed)
    rmSync(folder.at('app.ndjson.1'))
    await run.until(() => folder.marks.some(({ path }) => path.endsWith('.gz')), 'it is known in its new form')
    await run.env.advanceAsync(10_000)
    await run.settle()
    expect(run.values).toEqual(MANY)
  })

  test('a file that is empty at first, and packed then, is unpacked', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', '')
    const run = await ReadingRun.start(folder, matched(folder))
    await run.env.advanceAsync(1_000)
    await run.settle()
    folder.write('app.ndjson', gzipSync(ndjson(...MANY)))
    expect(await run.gives(MANY.length)).toEqual(MANY)
    expect(run.faults).toBe(0)
  })
})
