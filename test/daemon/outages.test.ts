import { expect, test } from 'vitest'
import type { CircuitStats, NodeStats } from '../../src/core/stats.ts'
import { outagesIn } from '../../src/daemon/outages.ts'
import { NODE } from './node-stats.ts'

const OPEN: CircuitStats = {
  state: 'open',
  error: 'connect ECONNREFUSED 127.0.0.1:5432',
  code: 'ECONNREFUSED',
  failures: 7,
  openMs: 35_000,
  retryInMs: 3240,
}
const DATE = Date.parse('2026-01-31T12:00:35Z')

function told(...nodes: readonly Partial<NodeStats>[]) {
  return outagesIn({ nodes: nodes.map((node) => ({ ...NODE, ...node })) }, DATE)
}

test('a node whose circuit is open is named with why, since when, and when it tries again', () => {
  expect(told({ name: 'ingress' }, { name: 'ledger', circuit: OPEN })).toEqual([
    {
      kind: 'outage',
      node: 'ledger',
      message:
        "asks for nothing, because the place behind it doesn't work: connect ECONNREFUSED 127.0.0.1:5432. 7 tries in 35 s, the next one is in 3.2 s",
      at: '2026-01-31T12:00:00.000Z',
      count: 7,
    },
  ])
})

test('of one that is probing it is said that a try is under way', () => {
  const [trouble] = told({ circuit: { ...OPEN, state: 'probing', failures: 1 } })
  expect(trouble?.message).toMatch(/\. 1 try in 35 s, one is under way$/)
})

test('a store of dead letters that takes none is told with what to do, and with whose messages wait for it', () => {
  const circuit = { ...OPEN, error: 'no room for 300 bytes more', code: 'SLUICE_LETTERS_FULL' }
  const [trouble] = told(
    { name: 'valid', letters: 3 },
    { name: 'ledger', letters: 1000, hasRoom: false },
    { name: 'dead-letters', circuit },
  )
  expect(trouble?.message).toBe(
    'stores no dead letters: no room for 300 bytes more (retry or purge letters, or raise `limit`; until then what fails stays unacked, and its node stops asking). What failed stays unacked until then: valid 3, ledger 1000. ledger asks for nothing more. 7 tries in 35 s, the next one is in 3.2 s',
  )
})
