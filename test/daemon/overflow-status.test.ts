import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import type { OverflowStats } from '../../src/core/stats.ts'
import { overflowStatusesOf, overflowTroublesIn } from '../../src/daemon/overflow-status.ts'
import { isDegraded } from '../../src/daemon/status.ts'

const FINE: OverflowStats = {
  from: 'batches',
  to: 'ledger',
  state: 'spilling',
  isOwner: true,
  stored: 10,
  storedParts: 100,
  storedBytes: 4096,
  limitBytes: 2 ** 20,
  oldestStoredMs: 1500.4,
  waiting: 3,
  appending: 2,
  ready: 1,
  out: 4,
  taken: 25,
  appended: 20,
  given: 10,
  redelivered: 1,
  dropped: {},
  troubles: 0,
  trouble: undefined,
}

function degraded(overflow: OverflowStats): boolean {
  return isDegraded({ overflows: overflowStatusesOf({ overflows: [overflow] }), pairs: [] })
}

test('the status of an overflow is what it has stored, what waits, and what keeps it from going on', () => {
  expect(overflowStatusesOf({ overflows: [FINE, { ...FINE, to: undefined, trouble: 'no room\n' }] })).toEqual([
    {
      from: 'batches',
      to: 'ledger',
      state: 'spilling',
      owner: `${hostname()}:${process.pid}`,
      stored: 10,
      storedParts: 100,
      storedBytes: 4096,
      limitBytes: 2 ** 20,
      oldestStoredMs: 1500,
      waiting: 6,
      unacked: 4,
      dropped: {},
      trouble: null,
    },
    expect.objectContaining({ to: null, trouble: String.raw`no room\n` }),
  ])
})

test('an overflow whose store another one has names nobody, and one without a limit none', () => {
  const overflows = [{ ...FINE, isOwner: false, limitBytes: Infinity }]
  expect(overflowStatusesOf({ overflows })).toMatchObject([{ owner: null, limitBytes: null }])
})

test('an overflow that is fine is no trouble; one whose store is stuck, or has lost something, is named', () => {
  expect(overflowTroublesIn({ overflows: [FINE] }, 0)).toEqual([])
  expect(overflowTroublesIn({ overflows: [{ ...FINE, trouble: 'the disk is full' }] }, 0)).toEqual([
    {
      kind: 'overflow',
      node: 'batches',
      at: '1970-01-01T00:00:00.000Z',
      count: 1,
      message:
        "the store of what goes from batches to ledger doesn't get on, and is tried again: the disk is full. 5 messages wait in memory, and keep their senders waiting",
    },
  ])
  expect(overflowTroublesIn({ overflows: [{ ...FINE, to: undefined, dropped: { lost: 7 } }] }, 0)).toMatchObject([
    { count: 7, message: 'of what batches gives 7 stored messages are damaged or missing; the log names them' },
  ])
})

test('a pipeline is degraded while its store is stuck, and for good where something stored was lost', () => {
  expect(degraded(FINE)).toBe(false)
  expect(degraded({ ...FINE, dropped: { 'overflow-full': 3 } })).toBe(false)
  expect(degraded({ ...FINE, trouble: 'the disk is full' })).toBe(true)
  expect(degraded({ ...FINE, dropped: { lost: 1 } })).toBe(true)
})
