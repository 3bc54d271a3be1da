import { describe, expect, test } from 'vitest'
import type { LogProblem } from '../../../src/overflow/log/problem.ts'
import { SlotFile } from '../../../src/overflow/log/slot-file.ts'
import { SimulatedDisk } from '../../support/simulated-disk.ts'
import { FOLDER, storeOn } from './places.ts'

const SLOT_BYTES = 16 * 1024
const frame = (index: number) => ({ payload: Buffer.alloc(1000, index + 1), count: 3 })

/** A store with four frames of three messages, in whose file of what is settled somebody else has written. */
async function written(text: string): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk(1)
  const store = storeOn(disk)
  await store.open()
  for (let index = 0; index < 4; index++) await store.append(index * 3 + 1, [frame(index)])
  await store.commit({ below: 4, above: [], parts: 3 })
  await store.close()
  const slots = new SlotFile(disk.files, `${FOLDER}/settled`, SLOT_BYTES)
  await slots.open(FOLDER)
  await slots.write(Buffer.from(text))
  await slots.close()
  return disk
}

describe('embedded store of an overflow: what was settled, as somebody else has written it', () => {
  test.each([
    { below: 14 },
    { below: 1e15 },
    { below: '4' },
    { below: 0 },
    { below: null },
    { below: 1.5 },
    { parts: 2 ** 48 },
    { parts: -1 },
    { parts: '3' },
    { next: 1e15 },
    { next: 'x' },
    { above: [1, 100] },
    { above: [1, -1] },
    { above: ['1', 2] },
    { above: 7 },
    'x',
    'null',
  ])('%j is not believed: all that is stored comes again, and that is told', async (change) => {
    const right = { below: 4, parts: 3, next: 13, above: [1, 2] }
    const disk = await written(typeof change === 'string' ? change : JSON.stringify({ ...right, ...change }))
    const problems: LogProblem[] = []
    const store = storeOn(disk, { report: (problem) => void problems.push(problem) })
    expect(await store.open()).toBeUndefined()
    expect(problems).toMatchObject([{ kind: 'head', path: `${FOLDER}/settled` }])
    expect(store.next).toBe(13)
    const { frames, lost } = await store.read(1, 100_000)
    expect(frames.map(({ number }) => number)).toEqual([1, 4, 7, 10])
    expect(lost).toEqual([])
    await store.append(13, [frame(4)])
    await store.close()
  })

  test('what can be true is believed', async () => {
    const disk = await written(JSON.stringify({ below: 4, parts: null, next: 13, above: [1, 2] }))
    const store = storeOn(disk)
    expect(await store.open()).toMatchObject({ below: 4, above: [{ from: 5, to: 7 }], parts: undefined })
  })
})
