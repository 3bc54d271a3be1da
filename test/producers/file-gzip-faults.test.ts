import { rmSync } from 'node:fs'
import { constants, gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { collect } from '../support/ends.ts'
import { Folder, ndjson, ReadingRun } from '../support/reading-run.ts'

const ONCE = { read: 'once' } as const

describe('file: gzip that is cut off or damaged', () => {
  test('gzip that ends too early: what could be unpacked comes, the rest is told: a fault of the input', async () => {
    const folder = new Folder()
    const values = Array.from({ length: 20_000 }, (_, index) => ({ index, noise: Math.sin(index) }))
    const packed = gzipSync(ndjson(...values))
    folder.write('a.ndjson', packed.subarray(0, packed.length - 100))
    folder.write('b.ndjson', ndjson('b'))
    const run = await ReadingRun.start(folder, ONCE)
    expect((await run.end()).outcome).toBe('finished')
    const read = run.values.filter((value) => value !== 'b')
    expect(read.length).toBeGreaterThan(10_000)
    expect(read).toEqual(values.slice(0, read.length))
    expect(run.values).toContain('b')
    expect(run.faults).toBe(1)
    expect(run.warnings[0]).toMatch(
      /packed by gzip, and damaged or cut off behind its unpacked byte \d+ \(Z_BUF_ERROR\)$/,
    )
  })

  test('wherever gzip is cut off, all comes that can be unpacked, also where little is asked for', async () => {
    const values = Array.from({ length: 3_000 }, (_, index) => ({ index, noise: Math.sin(index) }))
    const packed = gzipSync(ndjson(...values))
    for (let length = 500; length < packed.length; length += 5_000) {
      const folder = new Folder()
      const part = packed.subarray(0, length)
      folder.write('a.ndjson', part)
      const run = await ReadingRun.start(folder, ONCE, { output: { ...collect(), settings: { demand: { max: 1 } } } })
      await run.end()
      const unpacked = gunzipSync(part, { finishFlush: constants.Z_SYNC_FLUSH }).toString()
      expect(run.values).toHaveLength(unpacked.split('\n').length - 1)
    }
  })

  test('of gzip that is cut off comes only the rest at the next start, also where others take longer', async () => {
    const folder = new Folder()
    const values = Array.from({ length: 300 }, (_, index) => ({ index, noise: Math.sin(index) }))
    const packed = gzipSync(ndjson(...values))
    folder.write('a.ndjson', packed.subarray(0, packed.length >> 1))
    folder.write('b.ndjson', '1\n'.repeat(500_000))
    const run = await ReadingRun.start(folder, ONCE)
    // No time passes meanwhile, after which all is written down.
    while (run.report === undefined) await run.settle()
    folder.write('a.ndjson', packed)
    const second = await ReadingRun.start(folder, ONCE)
    await second.end()
    const read = [...run.values, ...second.values].filter((value) => value !== 1)
    expect(read).toEqual(values)
  })

  test("gzip that is still being written is read on when there is more, and isn't told", async () => {
    const folder = new Folder()
    const values = Array.from({ length: 5_000 }, (_, index) => ({ index, noise: Math.sin(index) }))
    const packed = gzipSync(ndjson(...values))
    folder.write('a.ndjson', packed.subarray(0, packed.length >> 1))
    const run = await ReadingRun.start(folder)
    await run.gives(1)
    folder.write('a.ndjson', packed)
    expect(await run.gives(values.length)).toEqual(values)
    await run.env.advanceAsync(20_000)
    expect(run.warnings).toEqual([])
  })

  test('gzip that is cut off and taken away: the half of a line at its end is no line', async () => {
    const folder = new Folder()
    const lines = Array.from({ length: 300 }, (_, index) => `${index} ${Math.sin(index)}`)
    const packed = gzipSync(lines.join('\n'))
    folder.write('a.ndjson', packed.subarray(0, packed.length >> 1))
    const run = await ReadingRun.start(folder, { format: 'lines' })
    await run.until(() => run.warnings.length > 0, 'it is told')
    rmSync(folder.at('a.ndjson'))
    for (let second = 0; second < 20; second++) {
      await run.env.advanceAsync(1_000)
      await run.settle()
    }
    expect(run.values).toEqual(lines.slice(0, run.values.length))
    expect(folder.marks).toEqual([
      expect.objectContaining({ offset: lines.slice(0, run.values.length).join('\n').length + 1 }),
    ])
  })

  test('gzip that is damaged and stays so is told once', async () => {
    const folder = new Folder()
    const packed = gzipSync(ndjson(1, 2, 3))
    packed[12] = packed[12]! ^ 0xff
    folder.write('a.ndjson', packed)
    const run = await ReadingRun.start(folder)
    await run.until(() => run.warnings.length > 0, 'it is told')
    await run.env.advanceAsync(20_000)
    expect(run.warnings).toHaveLength(1)
    expect(run.line.log.find(({ level }) => level === 'warn')!.fields).toMatchObject({
      code: 'SLUICE_FILE_GZIP_BROKEN',
    })
  })
})
