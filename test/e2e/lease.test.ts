import { expect, test } from 'vitest'
import { describeFight } from '../torture/lease/fight-report.ts'
import { fight } from '../torture/lease/fight.ts'
import { folder } from './sluice.ts'

const FIGHT_MS = 12_000
/** A seed whose title named it is tried again. */
const SEED = Number(process.env['SLUICE_TEST_SEED'] ?? Math.floor(Math.random() * 1e9))

test(`two daemons with clocks minutes apart, each paused and killed: one at a time delivers what is stored in Redis, in order, and nothing is lost (SLUICE_TEST_SEED=${SEED})`, async () => {
  const report = await fight({ ms: FIGHT_MS, seed: SEED, folder: folder() })
  process.stdout.write(`${describeFight(report)}\n`)
  expect(report.violations).toEqual([])
  expect(report.confirmed).toBeGreaterThan(0)
  expect(report.takeOvers).toBeGreaterThan(0)
}, 180_000)
