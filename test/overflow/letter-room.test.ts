import { describe, expect, test } from 'vitest'
import type { LogProblem } from '../../src/overflow/log/problem.ts'
import { SimulatedDisk } from '../support/simulated-disk.ts'
import { idsIn, letter, openStore } from './letters.ts'

const LARGE = 'x'.repeat(3000)

describe('letter store: room', () => {
  const many = (count: number, from = 0) =>
    Array.from({ length: count }, (_, at) => letter(String(from + at), { data: LARGE, failedAt: from + at }))

  test('a full store refuses letters, as the place it is, keeps what it has, and takes some when some are gone', async () => {
    const store = await openStore(new SimulatedDisk(1))
    await expect(store.append(many(40))).rejects.toMatchObject({ code: 'SLUICE_LETTERS_FULL', kind: 'place' })
    expect(store.bytes).toBeLessThanOrEqual(store.limit)
    const before = store.count
    expect(before).toBeGreaterThan(12)
    await expect(store.append(many(2, 100))).rejects.toMatchObject({ code: 'SLUICE_LETTERS_FULL' })
    expect(await store.remove((await idsIn(store)).slice(0, 4))).toBe(4)
    await store.append(many(2, 100))
    expect(store.count).toBe(before - 2)
  })

  test('all files but the head go when all letters are purged', async () => {
    const disk = new SimulatedDisk(1)
    const store = await openStore(disk)
    await store.append(many(12))
    expect(await store.purge()).toBe(12)
    expect(disk.bytes).toBeLessThan(8192 + 1024)
    expect(await idsIn(store)).toEqual([])
  })

  test('a segment in the middle is given back, and what was removed elsewhere stays removed', async () => {
    const disk = new SimulatedDisk(1)
    const store = await openStore(disk)
    await store.append(many(12))
    const before = disk.bytes
    await store.remove(['1', '4', '5', '6', '7', '8'])
    expect(disk.bytes).toBeLessThan(before - 6000)
    disk.cutPower()
    expect(await idsIn(await openStore(disk))).toEqual(['0', '2', '3', '9', '10', '11'])
  })

  test('a store whose segments have one letter each takes letters again: those that stay are written together', async () => {
    const disk = new SimulatedDisk(1)
    const store = await openStore(disk)
    await expect(store.append(many(40))).rejects.toMatchObject({ code: 'SLUICE_LETTERS_FULL' })
    const ids = await idsIn(store)
    // Two fit into a segment.
    const stay = ids.filter((_, index) => index % 2 === 0)
    expect(await store.beginRetry([stay[0]!, stay[1]!])).toHaveLength(2)
    expect(await store.remove(ids.filter((id) => !stay.includes(id)))).toBe(ids.length - stay.length)
    expect(store.room).toBeLessThan(6500)
    await store.append(many(stay.length - 1, 100))
    const all = [...stay, ...Array.from({ length: stay.length - 1 }, (_, index) => String(100 + index))]
    expect(await idsIn(store)).toEqual(all)
    expect(disk.bytes).toBeLessThanOrEqual(store.limit)
    expect((await store.show(stay[3]!))?.letter.data).toBe(LARGE)
    disk.cutPower()
    expect(await idsIn(await openStore(disk))).toEqual(all)
  })

  test('a letter that was moved while it was retried is removed when that has gone through', async () => {
    const disk = new SimulatedDisk(1)
    const store = await openStore(disk)
    await store.append(many(40)).catch(() => undefined)
    const ids = await idsIn(store)
    const [retry] = await store.beginRetry([ids[0]!])
    await store.remove(ids.filter((_, index) => index % 2 === 1))
    await store.append(many(4, 100))
    await retry!.handled()
    expect(await idsIn(store)).not.toContain(ids[0])
    disk.cutPower()
    expect(await idsIn(await openStore(disk))).not.toContain(ids[0])
  })

  test('a store on a full disk can be purged', async () => {
    const disk = new SimulatedDisk(1)
    const store = await openStore(disk)
    await store.append(many(12))
    disk.capacity = disk.bytes
    await expect(store.append(many(1, 100))).rejects.toMatchObject({ code: 'SLUICE_LOG_FULL_DISK', kind: 'place' })
    await expect(store.remove(['3'])).rejects.toMatchObject({ code: 'SLUICE_LOG_FULL_DISK' })
    expect(await store.purge()).toBe(12)
    await store.append(many(1, 100))
    disk.cutPower()
    expect(await idsIn(await openStore(disk))).toEqual(['100'])
  })
})

describe('letter store: damage', () => {
  test('a damaged letter is told and left out, the others are there', async () => {
    const disk = new SimulatedDisk(1)
    const store = await openStore(disk)
    await store.append([letter('a'), letter('b'), letter('c')])
    await store.close()
    disk.flip(
      disk.paths.find((path) => path.endsWith('.v1'))!,
      30,
      2,
    )
    const problems: LogProblem[] = []
    const again = await openStore(disk, { report: (problem) => void problems.push(problem) })
    expect(await idsIn(again)).toEqual(['b', 'c'])
    expect(problems).toMatchObject([{ kind: 'damaged', from: 1, to: 2 }])
  })

  test('one that is damaged while the store is open is listed as such, and can be removed', async () => {
    const disk = new SimulatedDisk(1)
    const store = await openStore(disk)
    await store.append([letter('a'), letter('b')])
    disk.flip(
      disk.paths.find((path) => path.endsWith('.v1'))!,
      30,
      2,
    )
    expect((await store.list({ order: 'oldest' })).letters).toMatchObject([
      { id: 'a', isDamaged: true },
      { id: 'b', isDamaged: false },
    ])
    await expect(store.show('a')).rejects.toMatchObject({ code: 'SLUICE_LETTER_DAMAGED' })
    expect(await store.beginRetry(['a'])).toEqual([])
    await store.remove(['a'])
    expect(await idsIn(store)).toEqual(['b'])
  })
})
