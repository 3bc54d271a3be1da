import { rmSync, truncateSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Folder, ndjson, ReadingRun } from '../support/reading-run.ts'

/** More than a file is known by. */
const MANY = Array.from({ length: 100 }, (_, index) => ({ index, text: `line ${index} of the file` }))

const named = (folder: Folder) => ({ path: folder.at('app.ndjson') })

describe('file: removed', () => {
  test('what was written before is read to its end, also what has no end of line', async () => {
    const folder = new Folder()
    const values = Array.from({ length: 5_000 }, (_, index) => index)
    folder.write('app.ndjson', `${ndjson(...values)}"last"`)
    const run = await ReadingRun.start(folder, named(folder))
    await run.gives(1)
    rmSync(folder.at('app.ndjson'))
    expect(await run.gives(values.length + 1)).toEqual([...values, 'last'])
  })

  test('another one by its name is another file, with ids of its own', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(1))
    const run = await ReadingRun.start(folder, named(folder))
    await run.gives(1)
    rmSync(folder.at('app.ndjson'))
    folder.write('app.ndjson', ndjson(1))
    expect(await run.gives(2)).toEqual([1, 1])
    expect(new Set(run.ids).size).toBe(2)
  })

  test('an inode that is used again while nobody looks is told by the content', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(1, 2))
    const first = await ReadingRun.start(folder, named(folder))
    await first.gives(2)
    await first.stop()
    // The same inode, as after removing and making one.
    truncateSync(folder.at('app.ndjson'))
    folder.append('app.ndjson', ndjson('a', 'b', 'c'))
    const second = await ReadingRun.start(folder, named(folder))
    expect(await second.gives(3)).toEqual(['a', 'b', 'c'])
  })

  test('one that is written again with the same content, after it was removed, is read again', async () => {
    const folder = new Folder()
    folder.write('job.ndjson', ndjson({ run: true }))
    const run = await ReadingRun.start(folder)
    for (let times = 1; times <= 3; times++) {
      await run.gives(times)
      rmSync(folder.at('job.ndjson'))
      await run.env.advanceAsync(10_000)
      await run.settle()
      folder.write('job.ndjson', ndjson({ run: true }))
    }
    expect(await run.gives(4)).toHaveLength(4)
  })

  test('a file that only begins like one that is gone is read whole', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(...MANY, 'old'))
    const first = await ReadingRun.start(folder, named(folder))
    await first.gives(MANY.length + 1)
    await first.stop()
    folder.write('other.ndjson', ndjson(...MANY, 'new'))
    rmSync(folder.at('app.ndjson'))
    const second = await ReadingRun.start(folder, { path: folder.at('other.ndjson') })
    expect(await second.gives(MANY.length + 1)).toEqual([...MANY, 'new'])
  })
})
