import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogProblem } from '../../src/overflow/log/problem.ts'
import { SimulatedDisk } from '../support/simulated-disk.ts'
import { contentOf, filled, frame, LIMIT, numbered, openLog } from './logs.ts'

describe('segmented log: damage', () => {
  test('a flipped bit takes no frame but its own, and what is lost is named and kept aside (property)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.nat(), fc.nat(7), async (seed, spot, bit) => {
        const disk = new SimulatedDisk(seed)
        await (await filled(disk, 12)).close()
        const segments = disk.paths.filter((path) => path.endsWith('.v1'))
        const path = segments[spot % segments.length]!
        disk.flip(path, (spot >> 4) % disk.sizeOf(path), bit)
        const problems: LogProblem[] = []
        const log = await openLog(disk, { report: (problem) => void problems.push(problem) })
        const found = await contentOf(log)
        const lost = numbered(1, 12).filter((one) => !found.includes(one))
        expect(lost).toHaveLength(1)
        expect(problems).toHaveLength(1)
        const [problem] = problems
        expect(Number(lost[0]!.split(' ')[0])).toBe(problem!.from)
        if (problem!.kind === 'torn') expect(problem!.bytes).toBe(1024)
        else
          expect(problem).toMatchObject({
            kind: 'damaged',
            to: problem!.from + 1,
            bytes: 1024,
            keptAs: expect.any(String),
          })
        if (problem!.kind !== 'torn') expect(disk.sizeOf(problem!.keptAs!)).toBe(1024)
        await log.append([frame('next'.padEnd(1000))])
        expect((await contentOf(log)).at(-1)).toMatch(/ next$/)
        expect(problems).toHaveLength(1)
      }),
      { numRuns: 150 },
    )
  })

  test('a file that was cut, removed or changed with another is named by its numbers, and the rest goes on', async () => {
    const disk = new SimulatedDisk(1)
    await (await filled(disk, 20)).close()
    const paths = disk.paths.filter((path) => path.endsWith('.v1'))
    disk.tamper(paths[1]!, 1024)
    disk.tamper(paths[2]!)
    const problems: LogProblem[] = []
    const log = await openLog(disk, { report: (problem) => void problems.push(problem) })
    const found = await contentOf(log)
    const lost = numbered(1, 20)
      .filter((one) => !found.includes(one))
      .map((one) => Number(one.split(' ')[0]))
    const told = problems.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at))
    expect(told).toEqual(lost)
    expect(lost).toHaveLength(3 + 4)
  })

  test('a head that is damaged is told; what was dropped is then told as missing', async () => {
    const disk = new SimulatedDisk(1)
    const log = await filled(disk, 12)
    await log.trim(6)
    await log.trim(9)
    await log.close()
    for (const at of [100, 4196]) disk.flip('/log/head', at, 3)
    const problems: LogProblem[] = []
    const again = await openLog(disk, { report: (problem) => void problems.push(problem) })
    expect((await contentOf(again)).at(-1)).toBe('12 12')
    expect(problems.map(({ kind }) => kind)).toEqual(['head', 'missing'])
  })

  test('a message that looks like frames of the log is not taken for one where its own frame is damaged', async () => {
    const disk = new SimulatedDisk(1)
    const log = await openLog(disk)
    await log.append([frame('a')])
    const inner = new SimulatedDisk(2)
    const other = await openLog(inner)
    await other.append([frame('evil 1'), frame('evil 2'), frame('evil 3')])
    const file = await inner.files.open(inner.paths.find((path) => path.endsWith('.v1'))!)
    const { size } = await file.stat()
    const bytes = Buffer.alloc(size)
    await file.read(bytes, 0, size, 0)
    await log.append([{ payload: bytes }])
    await log.append([frame('b')])
    await log.close()
    disk.flip(
      disk.paths.find((path) => path.endsWith('.v1'))!,
      25 + 24 - 1,
      0,
    )
    expect(await contentOf(await openLog(disk))).toEqual(['1 a', '3 b'])
  })

  test('copies of damaged bytes take an eighth of the limit at most: the oldest are removed, and told', async () => {
    const disk = new SimulatedDisk(1)
    await (await filled(disk, 20)).close()
    const segments = disk.paths.filter((path) => path.endsWith('.v1'))
    for (const path of segments) disk.flip(path, 100, 3)
    const copiesOn = () => disk.paths.filter((path) => path.endsWith('.damaged'))
    const bytesOf = (paths: readonly string[]) => paths.reduce((sum, path) => sum + disk.sizeOf(path), 0)
    const problems: LogProblem[] = []
    const log = await openLog(disk, { report: (problem) => void problems.push(problem) })
    for (let round = 0; round < 2; round++) await contentOf(log)
    await log.close()
    const damaged = problems.filter(({ kind }) => kind === 'damaged')
    const removed = problems.filter(({ kind }) => kind === 'copy')
    expect(damaged.length).toBeGreaterThan(4)
    expect(bytesOf(copiesOn())).toBeLessThanOrEqual(LIMIT / 8)
    expect(copiesOn()).toHaveLength(damaged.length - removed.length)
    expect(removed.map(({ path }) => path)).not.toContain(copiesOn().at(-1))

    const later: LogProblem[] = []
    await (await openLog(disk, { limit: LIMIT / 4, report: (problem) => void later.push(problem) })).close()
    expect(bytesOf(copiesOn())).toBeLessThanOrEqual(Math.max(LIMIT / 32, 1024))
    expect(later.filter(({ kind }) => kind === 'copy').length).toBeGreaterThan(0)
  })

  test('a log of a later version is left as it is', async () => {
    const disk = new SimulatedDisk(1)
    await disk.files.create('/log/0000000001-0000000000000001-00000000.v2')
    await expect(openLog(disk)).rejects.toMatchObject({ code: 'SLUICE_LOG_NEWER' })
  })
})
