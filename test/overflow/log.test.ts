import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogFiles } from '../../src/overflow/log/files.ts'
import { realLogFiles } from '../../src/overflow/log/files.ts'
import { SegmentedLog } from '../../src/overflow/log/log.ts'
import type { LogProblem } from '../../src/overflow/log/problem.ts'
import { SimulatedDisk } from '../support/simulated-disk.ts'
import { contentOf, filled, FOLDER, frame, LIMIT, numbered, openLog } from './logs.ts'

describe('segmented log: appending and reading', () => {
  test('frames are numbered by what they count, and come back in order', async () => {
    const log = await openLog(new SimulatedDisk(1))
    expect(await log.append([frame('a', 3), frame('b')])).toMatchObject({ number: 1 })
    expect(await log.append([frame('c', 10)])).toMatchObject({ number: 5 })
    expect(await contentOf(log)).toEqual(['1 a', '4 b', '5 c'])
    expect(log.next).toBe(15)
  })

  test('reading begins with the frame that has the number, in whatever segment', async () => {
    const log = await filled(new SimulatedDisk(1), 20)
    for (const from of [1, 3, 4, 5, 12, 20]) expect(await contentOf(log, from)).toEqual(numbered(from, 20))
    expect(await contentOf(log, 21)).toEqual([])
  })

  test('a frame that is larger than a segment has one of its own', async () => {
    const log = await openLog(new SimulatedDisk(1))
    const large = 'x'.repeat(3 * log.segmentBytes)
    await log.append([frame('a')])
    await log.append([frame(large)])
    await log.append([frame('b')])
    expect(await contentOf(log)).toEqual(['1 a', `2 ${large}`, '3 b'])
    expect(log.segments).toHaveLength(3)
  })

  test('segments are an eighth of the limit, and no more than 64 MiB', async () => {
    expect((await openLog(new SimulatedDisk(1))).segmentBytes).toBe(4096)
    expect((await openLog(new SimulatedDisk(1), { limit: 1024 ** 4 })).segmentBytes).toBe(64 * 1024 ** 2)
  })

  test('one frame can be read by its place', async () => {
    const log = await openLog(new SimulatedDisk(1))
    const place = await log.append([frame('hello')])
    expect((await log.readOne({ ...place, bytes: 24 + 5 }))?.payload.toString()).toBe('hello')
  })

  test('a closed log says so', async () => {
    const log = await openLog(new SimulatedDisk(1))
    await log.close()
    await log.close()
    await expect(log.append([frame('a')])).rejects.toMatchObject({ code: 'SLUICE_LOG_CLOSED' })
    await expect(log.read().next()).rejects.toMatchObject({ code: 'SLUICE_LOG_CLOSED' })
  })
})

/** Counts calls, and lets a test hold the next `datasync` of a segment. */
function watched(files: LogFiles): { files: LogFiles; calls: string[]; held: (() => void)[]; isHolding: boolean } {
  const watch = { calls: [] as string[], held: [] as (() => void)[], isHolding: false, files }
  watch.files = {
    ...files,
    create: async (path) => {
      const file = await files.create(path)
      if (!path.endsWith('.v1')) return file
      watch.calls.push('create')
      return {
        ...file,
        writev: (buffers, position) => {
          watch.calls.push('writev')
          return file.writev(buffers, position)
        },
        datasync: async () => {
          watch.calls.push('datasync')
          if (watch.isHolding) await new Promise<void>((resolve) => watch.held.push(resolve))
          return file.datasync()
        },
      }
    },
    syncFolder: async (folder) => {
      watch.calls.push('syncFolder')
      return files.syncFolder(folder)
    },
  }
  return watch
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve()
}

describe('segmented log: group commit', () => {
  test('what waits while one write is confirmed goes with the next one, in one write', async () => {
    const watch = watched(new SimulatedDisk(1).files)
    const log = await SegmentedLog.open({ folder: FOLDER, limit: LIMIT, files: watch.files })
    await log.append([frame('first')])
    watch.calls.length = 0
    watch.isHolding = true
    const appends = ['a', 'b', 'c', 'd'].map((text) => log.append([frame(text)]))
    await settle()
    expect(watch.calls).toEqual(['writev', 'datasync'])
    expect(await contentOf(log)).toEqual(['1 first'])
    watch.isHolding = false
    watch.held[0]!()
    expect((await Promise.all(appends)).map(({ number }) => number)).toEqual([2, 3, 4, 5])
    expect(watch.calls).toEqual(['writev', 'datasync', 'writev', 'datasync'])
  })

  test('the folder is confirmed after a segment is made, and before anything is written', async () => {
    const watch = watched(new SimulatedDisk(1).files)
    const log = await SegmentedLog.open({ folder: FOLDER, limit: LIMIT, files: watch.files })
    watch.calls.length = 0
    await log.append([frame('a')])
    expect(watch.calls).toEqual(['create', 'syncFolder', 'writev', 'datasync'])
  })

  test('none of many appends that come at any moment is forgotten (property)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(fc.nat(6), { maxLength: 40 }), async (seed, gaps) => {
        const log = await openLog(new SimulatedDisk(seed))
        const appends: Promise<unknown>[] = []
        for (const gap of gaps) {
          for (let turn = 0; turn < gap; turn++) await Promise.resolve()
          appends.push(log.append([frame('x')]))
        }
        await Promise.all(appends)
        expect(await contentOf(log)).toHaveLength(gaps.length)
      }),
      { numRuns: 200 },
    )
  })
})

describe('segmented log: a disk that fails', () => {
  test('a full disk: what had no room is refused with all behind it, the log stays open, and can be drained', async () => {
    const disk = new SimulatedDisk(1)
    const log = await filled(disk, 6)
    disk.capacity = disk.bytes + 500
    const results = await Promise.allSettled([log.append([frame('x'.repeat(900))]), log.append([frame('y')])])
    for (const result of results)
      expect(result).toMatchObject({ reason: { code: 'SLUICE_LOG_FULL_DISK', kind: 'place' } })
    expect(await contentOf(log)).toEqual(numbered(1, 6))
    await log.trim(log.next)
    await log.append([frame('z')])
    expect(await contentOf(log)).toEqual(['7 z'])
  })

  test('after a failed fdatasync the frames are written again, to another file, and the descriptor is left', async () => {
    const disk = new SimulatedDisk(1)
    const log = await openLog(disk)
    await log.append([frame('a')])
    disk.faults = { shortWrite: 0, failedWrite: 0, failedSync: 1 }
    await expect(log.append([frame('b')])).rejects.toMatchObject({ kind: 'place' })
    disk.faults = { shortWrite: 0, failedWrite: 0, failedSync: 0 }
    await log.append([frame('c')])
    expect(disk.syncRetries).toBe(0)
    disk.cutPower()
    expect(await contentOf(await openLog(disk))).toEqual(['1 a', '2 c'])
  })

  test('a segment that somebody has removed while it was written to is not called durable, and what was in it is named', async () => {
    const disk = new SimulatedDisk(1)
    const problems: LogProblem[] = []
    const log = await openLog(disk, { report: (problem) => void problems.push(problem) })
    await log.append([frame('a')])
    await disk.files.remove(disk.paths.find((path) => path.endsWith('.v1'))!)
    await log.append([frame('b')])
    expect(await contentOf(log)).toEqual(['2 b'])
    expect(problems).toMatchObject([{ kind: 'missing', from: 1, to: 2 }])
  })
})

describe('segmented log: room given back', () => {
  test('segments below a number are removed, and numbers go on', async () => {
    const disk = new SimulatedDisk(1)
    const log = await filled(disk, 20)
    await log.trim(11)
    const kept = await contentOf(log)
    expect(kept.at(-1)).toBe('20 20')
    expect(Number(kept[0]!.split(' ')[0])).toBe(log.head)
    expect(log.head).toBeGreaterThan(8)
    expect(log.head).toBeLessThanOrEqual(11)
    await log.trim(log.next)
    expect(disk.paths).toEqual(['/log/head'])
    await log.close()
    const again = await openLog(disk)
    expect((await again.append([frame('x')])).number).toBe(21)
  })

  test('a segment in the middle can be dropped, which is no damage', async () => {
    const disk = new SimulatedDisk(1)
    const problems: LogProblem[] = []
    const log = await filled(disk, 12)
    const [, second] = log.segments
    await log.drop([second!.sequence])
    const kept = await contentOf(log)
    await log.close()
    const again = await openLog(disk, { report: (problem) => void problems.push(problem) })
    expect(await contentOf(again)).toEqual(kept)
    expect(kept.length).toBeLessThan(12)
    expect(problems).toEqual([])
  })

  test('what is appended after the call is not dropped with its segment', async () => {
    const log = await openLog(new SimulatedDisk(1))
    await log.append([frame('a')])
    const append = log.append([frame('b')])
    await log.drop(log.segments.map(({ sequence }) => sequence))
    await append
    expect(await contentOf(log)).toContain('2 b')
  })
})

describe('segmented log: on real files', () => {
  test('what was appended is there after a restart, and no file is left of what was dropped', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
    try {
      const place = { folder: join(folder, 'a', 'b'), limit: LIMIT, files: realLogFiles }
      const log = await SegmentedLog.open(place)
      await Promise.all(Array.from({ length: 50 }, (_, at) => log.append([frame(String(at + 1).padEnd(1000))])))
      await log.close()
      const again = await SegmentedLog.open(place)
      expect(await contentOf(again)).toEqual(numbered(1, 50))
      await again.trim(again.next)
      await again.close()
      expect(await readdir(place.folder)).toEqual(['head'])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('a folder that cannot be one is told with its code', async () => {
    await expect(SegmentedLog.open({ folder: '/dev/null/log', limit: LIMIT })).rejects.toMatchObject({
      code: 'SLUICE_LOG_UNUSABLE',
      kind: 'place',
    })
  })
})
