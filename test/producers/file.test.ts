import { describe, expect, test } from 'vitest'
import { Folder, ndjson, ReadingRun } from '../support/reading-run.ts'

const ONCE = { read: 'once' } as const

describe('file: what it reads', () => {
  test('ndjson: a message per line, empty ones left out, the last one without its end where it is read once', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', '{"a":1}\r\n\n  \n[2]\n3')
    const run = await ReadingRun.start(folder, ONCE)
    expect((await run.end()).outcome).toBe('finished')
    expect(run.values).toEqual([{ a: 1 }, [2], 3])
    expect(run.faults).toBe(0)
  })

  test('lines: each line as it is, empty ones included', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', 'a\n\n{"b":\n')
    const run = await ReadingRun.start(folder, { ...ONCE, format: 'lines' })
    await run.end()
    expect(run.values).toEqual(['a', '', '{"b":'])
  })

  test('csv: objects by the header, quotes with line feeds in them', async () => {
    const folder = new Folder()
    folder.write('a.csv', 'id,name\r\n1,"a ""b""\nc"\r\n\r\n2,"x,y"\n')
    const run = await ReadingRun.start(folder, { ...ONCE, path: folder.at('a.csv'), format: 'csv' })
    await run.end()
    expect(run.values).toEqual([
      { id: '1', name: 'a "b"\nc' },
      { id: '2', name: 'x,y' },
    ])
  })

  test('what is packed by gzip is seen by its content, whatever its name', async () => {
    const folder = new Folder()
    folder.gzip('a.ndjson', ndjson(1, 2, 3))
    const run = await ReadingRun.start(folder, ONCE)
    await run.end()
    expect(run.values).toEqual([1, 2, 3])
  })

  test('it follows what a file grows by, and files that come', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', '1\n2')
    const run = await ReadingRun.start(folder)
    expect(await run.gives(1)).toEqual([1])
    folder.append('a.ndjson', '2\n')
    expect(await run.gives(2)).toEqual([1, 22])
    folder.write('b.ndjson', '3\n')
    expect(await run.gives(3)).toEqual([1, 22, 3])
    expect((await run.stop()).outcome).toBe('stopped')
  })

  test('a second start goes on where the first one was', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', ndjson(1, 2))
    const first = await ReadingRun.start(folder)
    await first.gives(2)
    await first.stop()
    folder.append('a.ndjson', ndjson(3))
    const second = await ReadingRun.start(folder)
    expect(await second.gives(1)).toEqual([3])
  })
})
