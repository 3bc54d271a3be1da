import { expect, test } from 'vitest'
import { describeKills } from '../torture/kills/kills-report.ts'
import { killByState } from '../torture/kills/kills.ts'
import { folder } from './sluice.ts'

const PER_STATE = 10
/** About a minute, on a machine that has nothing else to do. */
// A minute and a half by itself; much more beside other work.
const LIMIT_MS = 1_200_000
/** A seed whose title named it is tried again. */
const SEED = Number(process.env['SLUICE_TEST_SEED'] ?? Math.floor(Math.random() * 1e9))

test(
  `killed ${PER_STATE} times in each state of an overflow on the disk: every 2xx is delivered, in order, and few come again (SLUICE_TEST_SEED=${SEED})`,
  async () => {
    const report = await killByState({ store: 'embedded', perState: PER_STATE, seed: SEED, folder: folder() })
    process.stdout.write(`${describeKills(report)}\n`)
    expect(report.violations).toEqual([])
    for (const [state, kills] of Object.entries(report.kills)) expect(kills, state).toBeGreaterThanOrEqual(PER_STATE)
    expect(report.confirmed).toBeGreaterThan(0)
  },
  LIMIT_MS,
)
