import { expect, test } from 'vitest'
import type { Case } from '../../bench/contract.js'
import { measurePairs } from '../../bench/pairs.js'
import { resultsOf } from '../../bench/results.js'
import { CASES } from '../../bench/cases.js'

const measured = CASES[0]!
const peer = Object.keys(measured.peers)[0]!
const goal: Case = { ...measured, goals: { [peer]: 2 } }

/** A machine that becomes slower from pair to pair, on which sluice is twice as fast. */
function slowing() {
  const taken: string[] = []
  const take = async (_name: string, who: string) => {
    const pair = (taken.push(who) - 1) >> 1
    const rate = (who === 'sluice' ? 2000 : 1000) / 2 ** pair
    return { rate, cpuRate: who === 'sluice' ? 3 * rate : rate, failures: who === 'sluice' ? 1 : 10 }
  }
  return { taken, take }
}

test('pairs: who goes first alternates', async () => {
  const { taken, take } = slowing()
  await measurePairs(goal, peer, { pairs: 3, seconds: 1, take })
  expect(taken).toEqual(['sluice', peer, peer, 'sluice', 'sluice', peer])
})

test('pairs: the ratio is taken within each pair, so that a machine that slows down does not show', async () => {
  const row = await measurePairs(goal, peer, { pairs: 7, seconds: 1, take: slowing().take })
  expect(row.ratio).toEqual({ median: 2, low: 2, high: 2 })
})

test('pairs: on request the ratio is that of CPU time', async () => {
  const row = await measurePairs(goal, peer, { pairs: 7, seconds: 1, cpu: true, take: slowing().take })
  expect(row).toMatchObject({ unit: 'messages/s of CPU time', ratio: { median: 6, low: 6, high: 6 } })
})

test('pairs: failures of both sides are counted', async () => {
  const row = await measurePairs(goal, peer, { pairs: 3, seconds: 1, take: slowing().take })
  expect(row.failures).toBe(33)
})

test('results: one entry for each measured case, with the medians of all samples', async () => {
  const row = await measurePairs(goal, peer, { pairs: 3, seconds: 1, take: slowing().take })
  expect(resultsOf([row])).toEqual([
    {
      case: measured.name,
      unit: 'messages/s',
      sluice: 1000,
      peers: { [peer]: 500 },
      ratios: { [peer]: { median: 2, low: 2, high: 2 } },
    },
  ])
})
