import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoredRange } from '../../../src/core/overflow-store.ts'
import type { LogFiles } from '../../../src/overflow/log/files.ts'
import type { LogProblem } from '../../../src/overflow/log/problem.ts'
import type { EmbeddedStore, EmbeddedStoreOptions } from '../../../src/overflow/spill/embedded-store.ts'
import { SimulatedDisk } from '../../support/simulated-disk.ts'
import { FOLDER, storeOn } from './places.ts'

const LIMIT = 32_768
const FRAMES = 20

/** With twenty frames of a kilobyte and three messages each, some four to a segment; the store is left properly. */
async function filledDisk(seed: number, below = 1): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk(seed)
  const store = storeOn(disk, { limit: LIMIT })
  await store.open()
  for (let index = 0; index < FRAMES; index++) await store.append(index * 3 + 1, [frame(index)])
  await store.commit({ below, above: [], parts: below - 1 })
  await store.close()
  return disk
}

const frame = (index: number) => ({ payload: Buffer.alloc(1000, index + 1), count: 3 })
const segmentsOf = (disk: SimulatedDisk): string[] => disk.paths.filter((path) => path.endsWith('.v1'))

async function read(store: EmbeddedStore, from = 1): Promise<{ numbers: number[]; lost: StoredRange[] }> {
  const numbers: number[] = []
  const lost: StoredRange[] = []
  for (let next = from; next < store.next;) {
    const chunk = await store.read(next, 5000)
    for (const { number, payload } of chunk.frames) {
      expect(Buffer.from(payload).equals(frame((number - 1) / 3).payload)).toBe(true)
      numbers.push(number)
    }
    lost.push(...chunk.lost)
    next = chunk.next
  }
  return { numbers, lost }
}

/** Each number is there, or told as lost. */
function expectAllNamed({ numbers, lost }: { numbers: number[]; lost: StoredRange[] }, from = 1): void {
  const gone = lost.flatMap(({ from: first, to }) => Array.from({ length: to - first }, (_, at) => first + at))
  const there = numbers.flatMap((number) => [number, number + 1, number + 2])
  const all = Array.from({ length: FRAMES * 3 }, (_, at) => at + 1).filter((number) => number >= from)
  expect([...there, ...gone].toSorted((a, b) => a - b)).toEqual(all)
}

async function opened(disk: SimulatedDisk, options: Partial<EmbeddedStoreOptions> = {}) {
  const problems: LogProblem[] = []
  const store = storeOn(disk, { limit: LIMIT, report: (problem) => void problems.push(problem), ...options })
  const settled = await store.open()
  return { store, settled, problems }
}

describe('embedded store of an overflow: damage', () => {
  test('a flipped bit takes one frame, whose numbers are told, and no number is used twice (property)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.nat(), fc.nat(7), async (seed, spot, bit) => {
        const disk = await filledDisk(seed)
        const segments = segmentsOf(disk)
        const path = segments[spot % segments.length]!
        disk.flip(path, (spot >> 4) % disk.sizeOf(path), bit)
        const { store } = await opened(disk)
        expect(store.next).toBe(FRAMES * 3 + 1)
        const found = await read(store)
        expect(found.numbers).toHaveLength(FRAMES - 1)
        expectAllNamed(found)
        await store.append(store.next, [frame(FRAMES)])
        expect((await read(store)).numbers.at(-1)).toBe(FRAMES * 3 + 1)
      }),
      { numRuns: 100 },
    )
  })

  test('segments that were removed or cut are told by their numbers, the newest too (property)', async () => {
    const harm = fc.array(fc.record({ which: fc.nat(20), length: fc.option(fc.nat(4096)) }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.integer(), harm, async (seed, harms) => {
        const disk = await filledDisk(seed)
        for (const { which, length } of harms) {
          const path = segmentsOf(disk)[which % Math.max(1, segmentsOf(disk).length)]
          if (path !== undefined) disk.tamper(path, length ?? undefined)
        }
        const { store } = await opened(disk)
        expect(store.next).toBe(FRAMES * 3 + 1)
        expectAllNamed(await read(store))
      }),
      { numRuns: 150 },
    )
  })

  test('where what was settled cannot be read, all that is stored comes again, and that is told', async () => {
    const disk = await filledDisk(1, 31)
    for (const at of [40, 16 * 1024 + 40]) disk.flip(`${FOLDER}/settled`, at, 2)
    const { store, settled, problems } = await opened(disk)
    expect(settled).toBeUndefined()
    expect(problems).toMatchObject([{ kind: 'head', path: `${FOLDER}/settled` }])
    const { numbers, lost } = await read(store, 1)
    expect(lost).toEqual([])
    expect(numbers[0]).toBeLessThanOrEqual(31)
    expect(numbers.at(-1)).toBe(FRAMES * 3 - 2)
  })

  test('one slot of what was settled may be damaged: the one before counts', async () => {
    const disk = await filledDisk(1, 31)
    for (const slot of [0, 1]) {
      const copy = await filledDisk(1, 31)
      copy.flip(`${FOLDER}/settled`, slot * 16 * 1024 + 40, 2)
      const { settled } = await opened(copy)
      expect([undefined, 1, 31]).toContain(settled?.below)
    }
    expect((await opened(disk)).settled?.below).toBe(31)
  })

  test('a full disk refuses what is appended, is drained all the same, and then has room', async () => {
    const disk = await filledDisk(1)
    const { store } = await opened(disk)
    disk.capacity = disk.bytes
    const append = () => store.append(FRAMES * 3 + 1, [frame(FRAMES)])
    await expect(append()).rejects.toMatchObject({ code: 'SLUICE_LOG_FULL_DISK' })
    await expect(append()).rejects.toMatchObject({ code: 'SLUICE_LOG_FULL_DISK' })
    expect((await read(store)).numbers).toHaveLength(FRAMES)
    await store.commit({ below: 31, above: [], parts: 30 })
    await append()
    const found = await read(store, 31)
    expect(found.numbers.at(-1)).toBe(FRAMES * 3 + 1)
    expect(found.lost).toEqual([])
  })
})

/** Counts what is read of segments, and the files that are open to be read. */
function counting(files: LogFiles): { files: LogFiles; bytes: Map<string, number>; open: Set<object> } {
  const bytes = new Map<string, number>()
  const inUse = new Set<object>()
  const open: LogFiles['open'] = async (path) => {
    const file = await files.open(path)
    inUse.add(file)
    return {
      ...file,
      close: async () => {
        inUse.delete(file)
        await file.close()
      },
      read: async (...place) => {
        const result = await file.read(...place)
        bytes.set(path, (bytes.get(path) ?? 0) + result.bytesRead)
        return result
      },
    }
  }
  return { files: { ...files, open }, bytes, open: inUse }
}

describe('embedded store of an overflow: nothing is loaded up front', () => {
  test('to open it, only the newest segment is read, however many there are', async () => {
    const disk = await filledDisk(1)
    const segments = segmentsOf(disk)
    expect(segments.length).toBeGreaterThan(4)
    const { files, bytes } = counting(disk.files)
    await opened(disk, { files })
    const touched = [...bytes.keys()].filter((path) => path.endsWith('.v1'))
    expect(touched).toEqual([segments.at(-1)])
  })

  test('who reads in order reads each byte about once, and asks for no more than the next chunk', async () => {
    const disk = await filledDisk(1)
    const { files, bytes, open } = counting(disk.files)
    const { store } = await opened(disk, { files })
    bytes.clear()
    await store.read(1, 1)
    expect(bytes.size).toBe(1)
    await read(store)
    // The segment that is written to, and two small files.
    expect(open.size).toBeLessThanOrEqual(3)
    const all = [...bytes.values()].reduce((sum, count) => sum + count, 0)
    expect(all).toBeLessThan(2.5 * FRAMES * 1024)
  })
})
