import { fc, test } from '@fast-check/vitest'
import { describe, expect, test as plainTest } from 'vitest'
import { broadcastRoom, partitionOf, shareByDemand, subscriberOf, totalRoom } from '../../../src/core/dispatch.ts'
import { range } from '../../support/kernel.ts'

const rooms = fc.array(fc.nat({ max: 50 }), { maxLength: 8 })
const counts = fc.nat({ max: 200 })

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

describe('dispatching is arithmetic', () => {
  test.prop([rooms])('a broadcast has the room of the slowest, none without subscribers', (room) => {
    expect(broadcastRoom(room)).toBe(room.length === 0 ? 0 : Math.min(...room))
  })

  test.prop([rooms])('together subscribers have the room of all', (room) => {
    expect(totalRoom(room)).toBe(sum(room))
  })

  test.prop([counts, rooms])(
    'by demand: as much is given as there is room for, nobody gets more than that, nobody twice',
    (count, room) => {
      const shares = shareByDemand(count, room)
      expect(sum(shares.map((share) => share.count))).toBe(Math.min(count, sum(room)))
      for (const share of shares) expect(share.count).toBeLessThanOrEqual(room[share.subscriber]!)
      expect(new Set(shares.map(({ subscriber }) => subscriber)).size).toBe(shares.length)
      expect(shares.every((share) => share.count > 0)).toBe(true)
    },
  )

  test.prop([counts, rooms])(
    'by demand: who has asked for more is served before; only the last may get less than it can take',
    (count, room) => {
      const shares = shareByDemand(count, room)
      for (const [index, { subscriber, count: given }] of shares.entries()) {
        const next = shares[index + 1]
        if (next === undefined) break
        expect(given).toBe(room[subscriber])
        expect(room[subscriber]).toBeGreaterThanOrEqual(room[next.subscriber]!)
        if (room[subscriber] === room[next.subscriber]) expect(subscriber).toBeLessThan(next.subscriber)
      }
    },
  )

  test.prop([counts, rooms])(
    'by demand: nobody who has asked for more than one that is served is left out',
    (count, room) => {
      const shares = shareByDemand(count, room)
      const served = new Set(shares.map(({ subscriber }) => subscriber))
      const least = Math.min(...shares.map(({ subscriber }) => room[subscriber]!))
      for (const [subscriber, asked] of room.entries()) if (asked > least) expect(served).toContain(subscriber)
    },
  )
})

describe('partitions', () => {
  test.prop([fc.string(), fc.integer({ min: 1, max: 1000 })])(
    'a key has one partition, from 0 to count − 1',
    (key, count) => {
      const partition = partitionOf(key, count)
      expect(partition).toBe(partitionOf(key.split('').join(''), count))
      expect(Number.isInteger(partition)).toBe(true)
      expect(partition).toBeGreaterThanOrEqual(0)
      expect(partition).toBeLessThan(count)
    },
  )

  plainTest('which one never changes: these were written down once', () => {
    const keys = ['', 'a', 'b', 'merchant-1', 'merchant-2', 'Zürich', '😀', '0', '1', 'x'.repeat(1000)]
    expect(keys.map((key) => partitionOf(key, 1_000_003))).toEqual(KNOWN)
  })

  plainTest.each([2, 3, 7, 16, 64, 100])('100,000 keys spread evenly over %i partitions', (count) => {
    for (const name of [(n: number) => `${n}`, (n: number) => `merchant-${n}`, (n: number) => `${n}-EU`]) {
      const sizes = range(count).map(() => 0)
      for (const n of range(100_000)) sizes[partitionOf(name(n), count)]!++
      const even = 100_000 / count
      // Chance alone gives about ±4·√even.
      const most = 5 * Math.sqrt(even)
      expect(Math.max(...sizes) - even).toBeLessThan(most)
      expect(even - Math.min(...sizes)).toBeLessThan(most)
    }
  })

  test.prop([fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 8 })])(
    'subscribers have equally many partitions, give or take one',
    (count, subscribers) => {
      const owned = range(subscribers).map(() => 0)
      for (const partition of range(count)) owned[subscriberOf(partition, subscribers)]!++
      expect(Math.max(...owned) - Math.min(...owned)).toBeLessThanOrEqual(1)
    },
  )
})

/** Of the keys above, over 1,000,003 partitions. Changing them moves the keys of every pipeline that runs. */
const KNOWN = [990_307, 640_383, 901_695, 894_265, 530_497, 227_090, 137_845, 481_866, 120_787, 93_823]
