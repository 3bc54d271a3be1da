import { expect, test } from 'vitest'
import { describeDoor } from '../torture/doors/door-report.ts'
import { DOOR_NAMES, tortureDoor } from '../torture/doors/doors.ts'
import { folder } from './sluice.ts'

const KILLS = 10
const LIMIT_MS = 300_000
/** A seed whose title named it is tried again. */
const SEED = Number(process.env['SLUICE_TEST_SEED'] ?? Math.floor(Math.random() * 1e9))

test.each(DOOR_NAMES)(
  `%s: killed ${KILLS} times, and their server with them, daemons lose nothing, and little comes twice (SLUICE_TEST_SEED=${SEED})`,
  async (door) => {
    const report = await tortureDoor({ door, kills: KILLS, seed: SEED, folder: folder() })
    process.stdout.write(`${describeDoor(report)}\n`)
    expect(report.violations).toEqual([])
    expect(report.lost).toBe(0)
    expect(report.delivered).toBe(report.entries + report.twice)
  },
  LIMIT_MS,
)
