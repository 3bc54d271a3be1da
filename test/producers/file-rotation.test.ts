import { copyFileSync, renameSync, truncateSync } from 'node:fs'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Paths } from '../../src/kit/reading/paths.ts'
import { gate } from '../support/ends.ts'
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

  test('a file that is read on while it is looked at has not been emptied', async () => {
    const folder = new Folder()
    folder.write('app.ndjson', ndjson(...MANY))
    const output = gate()
    const run = await ReadingRun.start(folder, named(folder), {
      output: { ...output, settings: { demand: { max: 1 } } },
    })
    await run.gives(1)
    let hasFound = false
    let goOn = (): void => {}
    const promise = new Promise<void>((resolve) => (goOn = resolve))
    const { find } = Paths.prototype
    const look = vi.spyOn(Paths.prototype, 'find').mockImplementationOnce(async function (this: Paths) {
      const found = await find.call(this)
      folder.append('app.ndjson', ndjson('more'))
      hasFound = true
      await promise
      return found
    })
    onTestFinished(() => look.mockRestore())
    await run.until(() => hasFound, 'it is looked at')
    output.open()
    await run.gives(MANY.length + 1)
    goOn()
    await run.env.advanceAsync(5_000)
    await run.settle()
    expect(run.warnings).toEqual([])
    expect(run.values).toEqual([...MANY, 'more'])
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
