import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { pairStatusesOf, pairTroublesIn } from '../../src/daemon/pair-status.ts'
import { isDegraded } from '../../src/daemon/status.ts'
import type { PairStats } from '../../src/overflow/pair/pair-stats.ts'

const FINE: PairStats = {
  node: 'orders',
  name: 'shared',
  kind: 'fills',
  isOwner: true,
  stored: 10,
  storedParts: 10,
  storedBytes: 4096,
  limitBytes: 2 ** 20,
  oldestStoredMs: undefined,
  lost: 0,
  trouble: undefined,
}

const degraded = (pair: PairStats): boolean => isDegraded({ overflows: [], pairs: pairStatusesOf([pair]) })

test('the status of an end of a pair is what its store has, and what keeps that from going on', () => {
  const drains: PairStats = { ...FINE, kind: 'drains', limitBytes: undefined, oldestStoredMs: 1500.4, trouble: 'no\n' }
  const [first, second] = pairStatusesOf([FINE, drains])
  expect(first).toEqual({
    node: 'orders',
    name: 'shared',
    kind: 'fills',
    owner: `${hostname()}:${process.pid}`,
    stored: 10,
    storedParts: 10,
    storedBytes: 4096,
    limitBytes: 2 ** 20,
    oldestStoredMs: null,
    lost: 0,
    trouble: null,
  })
  expect(second).toMatchObject({ kind: 'drains', limitBytes: null, oldestStoredMs: 1500, trouble: String.raw`no\n` })
})

test('of a store that another process has nothing is claimed', () => {
  const [status] = pairStatusesOf([{ ...FINE, isOwner: false, stored: 0, limitBytes: Infinity }])
  expect(status).toMatchObject({ owner: null, stored: null, storedParts: null, storedBytes: null, limitBytes: null })
})

test('an end of a pair that is fine is no trouble; one whose store is stuck, or has lost something, is named', () => {
  expect(pairTroublesIn([FINE], 0)).toEqual([])
  expect(
    pairTroublesIn(
      [
        { ...FINE, trouble: 'the disk is full' },
        { ...FINE, lost: 7 },
      ],
      0,
    ),
  ).toEqual([
    {
      kind: 'overflow',
      node: 'orders',
      at: '1970-01-01T00:00:00.000Z',
      count: 1,
      message: 'the overflow "shared" doesn\'t get on, and is tried again: the disk is full',
    },
    {
      kind: 'overflow',
      node: 'orders',
      at: '1970-01-01T00:00:00.000Z',
      count: 7,
      message: 'in the overflow "shared" 7 stored messages are damaged or missing; the log names them',
    },
  ])
})

test('a pipeline is degraded while the store of a pair is stuck, and for good where something stored was lost', () => {
  expect(degraded(FINE)).toBe(false)
  expect(degraded({ ...FINE, trouble: 'the disk is full' })).toBe(true)
  expect(degraded({ ...FINE, lost: 1 })).toBe(true)
})
