import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { kindOf } from '../../src/core/errors.ts'
import { pathError } from '../../src/kit/reading/paths.ts'
import { Folder, ReadingRun } from '../support/reading-run.ts'

const ONCE = { read: 'once' } as const

describe('file: broken input takes nothing else down', () => {
  test('a broken line, one that is too long and one that is not UTF-8 are told with their places, and left out', async () => {
    const folder = new Folder()
    const parts = ['1\n', '{"a":\n', `"${'x'.repeat(100)}"\n`, Buffer.from([0xff, 0x0a]), '2\n']
    const path = folder.write('a.ndjson', Buffer.concat(parts.map((part) => Buffer.from(part))))
    const run = await ReadingRun.start(folder, { ...ONCE, maxLine: '64B' })
    expect((await run.end()).outcome).toBe('finished')
    expect(run.values).toEqual([1, 2])
    expect(run.faults).toBe(3)
    expect(run.warnings).toEqual([
      expect.stringMatching(/^skipped: ".*a[.]ndjson", from byte 2: the input is not JSON: .*, at column 6$/),
      expect.stringContaining('from byte 8: the line has 102 bytes, more than the 64 that are allowed'),
      expect.stringContaining('from byte 111: the line is not UTF-8 at its byte 0'),
      '3 lines of the input were skipped',
    ])
    expect(run.line.log.find(({ level }) => level === 'warn')!.fields).toMatchObject({ path, offset: 2 })
  })

  test('a flood of broken lines is counted, and others have their turn', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', `${'{\n'.repeat(100_000)}1\n`)
    let turns = 0
    let timer = setImmediate(function turn() {
      turns++
      timer = setImmediate(turn)
    })
    const run = await ReadingRun.start(folder, ONCE)
    await run.end()
    clearImmediate(timer)
    expect(run.values).toEqual([1])
    expect(run.faults).toBe(100_000)
    expect(run.line.log.length).toBeLessThan(20)
    expect(turns).toBeGreaterThanOrEqual(200)
  })

  test('csv: a quote that is not closed costs its line, and a record with too few fields itself', async () => {
    const folder = new Folder()
    folder.write('a.csv', 'a,b\n1,2\n"3,4\n5,6\n7\n8,9\n')
    const run = await ReadingRun.start(folder, { ...ONCE, path: folder.at('a.csv'), format: 'csv' })
    await run.end()
    expect(run.values).toEqual([
      { a: '1', b: '2' },
      { a: '5', b: '6' },
      { a: '8', b: '9' },
    ])
    expect(run.warnings.slice(0, 2)).toEqual([
      expect.stringContaining('from byte 8: the record is not CSV: a quote is not closed'),
      expect.stringContaining('from byte 17: the record has 1 fields, and the header 2'),
    ])
  })
})

describe('file: places that are not as they should be', () => {
  test('a file that is missing is an error where it is read once, with the exit code of a missing input', async () => {
    const folder = new Folder()
    const run = await ReadingRun.start(folder, { ...ONCE, path: folder.at('nope.ndjson') })
    expect(await run.end()).toMatchObject({
      outcome: 'failed',
      error: { code: 'SLUICE_FILE_MISSING', message: `there is no "${folder.at('nope.ndjson')}"` },
    })
  })

  test('otherwise it is waited for, which is said once', async () => {
    const folder = new Folder()
    const run = await ReadingRun.start(folder, { path: [folder.at('late.ndjson'), folder.at('a.ndjson')] })
    await run.env.advanceAsync(5_000)
    folder.write('a.ndjson', '1\n')
    await run.gives(1)
    folder.write('late.ndjson', '2\n')
    expect(await run.gives(2)).toEqual([1, 2])
    const told = run.line.log.map(({ message }) => message).filter((message) => message.includes('late'))
    expect(told).toEqual([expect.stringMatching(/yet: it is waited for$/), expect.stringMatching(/is there now$/)])
  })

  test('a pattern that matches nothing is told where it is read once, and ends well', async () => {
    const folder = new Folder()
    const run = await ReadingRun.start(folder, ONCE)
    expect((await run.end()).outcome).toBe('finished')
    expect(run.warnings).toEqual(['no file matches: nothing is read'])
  })

  test.each(['once', 'follow'])('a folder is refused, with what to write instead (%s)', async (read) => {
    const folder = new Folder()
    mkdirSync(folder.at('logs'))
    const run = await ReadingRun.start(folder, { read, path: folder.at('logs') })
    expect(await run.end()).toMatchObject({
      outcome: 'failed',
      error: { code: 'SLUICE_FILE_NOT_REGULAR', message: `"${folder.at('logs')}" is a folder` },
    })
  })

  test('a folder that a pattern matches is passed over', async () => {
    const folder = new Folder()
    mkdirSync(folder.at('x.ndjson'))
    folder.write('a.ndjson', '1\n')
    const run = await ReadingRun.start(folder, ONCE)
    expect((await run.end()).outcome).toBe('finished')
    expect(run.values).toEqual([1])
  })

  test('a file that cannot be read is told once; others are read, and it, too, when it can be', async () => {
    const folder = new Folder()
    symlinkSync('loop.ndjson', folder.at('loop.ndjson'))
    folder.write('a.ndjson', '1\n')
    const run = await ReadingRun.start(folder, { path: [folder.at('loop.ndjson'), folder.at('a.ndjson')] })
    expect(await run.gives(1)).toEqual([1])
    await run.env.advanceAsync(2_000)
    expect(run.warnings).toEqual([expect.stringMatching(/loop[.]ndjson" cannot be read \(ELOOP\)$/)])
    rmSync(folder.at('loop.ndjson'))
    folder.write('loop.ndjson', '2\n')
    expect(await run.gives(2)).toEqual([1, 2])
  })

  test('read once, a file that a pattern has and that cannot be read is a fault of the input, and the rest is read', async () => {
    const folder = new Folder()
    for (let nth = 1; nth <= 300; nth++) folder.write(`${nth}.ndjson`, `${nth}\n`)
    // It is a regular file for all that can be seen of it, and its first bytes can't be read by anyone.
    symlinkSync('/proc/self/mem', folder.at('z.ndjson'))
    const run = await ReadingRun.start(folder, ONCE)
    expect((await run.end()).outcome).toBe('finished')
    expect(run.values).toHaveLength(300)
    expect(run.faults).toBe(1)
    expect(run.warnings).toEqual([expect.stringMatching(/z[.]ndjson" cannot be read \(EIO\)$/)])
  })

  test('where no file can be read, it is an outage, and over when one can be', async () => {
    const folder = new Folder()
    symlinkSync('loop.ndjson', folder.at('loop.ndjson'))
    const run = await ReadingRun.start(
      folder,
      { path: folder.at('loop.ndjson') },
      { settings: { giveUpAfterMs: 3_600_000 } },
    )
    await run.until(() => run.warnings.length > 0, 'it is told')
    await run.env.advanceAsync(60_000)
    rmSync(folder.at('loop.ndjson'))
    folder.write('loop.ndjson', '2\n')
    expect(await run.gives(1)).toEqual([2])
  })

  test('what a system call says is of the place, and names who may not', () => {
    const error = pathError('/var/log/x', Object.assign(new Error('no'), { code: 'EACCES' }))
    expect(error).toMatchObject({ code: 'SLUICE_FILE_UNREADABLE', message: '"/var/log/x" cannot be read (EACCES)' })
    expect(kindOf(error)).toBe('place')
  })

  test('checkpoints that are damaged stop the start, and are not thrown away', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', '1\n')
    const first = await ReadingRun.start(folder)
    await first.gives(1)
    await first.stop()
    writeFileSync(folder.at('state/checkpoints.json'), '00000000 {"version":1,"marks":[]}')
    const second = await ReadingRun.start(folder)
    expect(await second.end()).toMatchObject({
      outcome: 'failed',
      error: {
        code: 'SLUICE_FILE_CHECKPOINTS_DAMAGED',
        message: expect.stringContaining('checkpoints.json') as string,
      },
    })
    expect(folder.marks).toEqual([])
  })

  test('two that keep their checkpoints in one folder: the second is refused', async () => {
    const folder = new Folder()
    await ReadingRun.start(folder)
    const second = await ReadingRun.start(folder)
    expect(await second.end()).toMatchObject({ outcome: 'failed', error: { code: 'SLUICE_LOG_LOCKED' } })
  })
})
