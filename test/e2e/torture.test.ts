import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeReport, killCount } from '../torture/report.ts'
import { torture } from '../torture/torture.ts'
import { folder, ROOT } from './sluice.ts'

const KILLS = 10
/** Some ten seconds, on a machine that has nothing else to do. */
const LIMIT_MS = 180_000
/** A seed whose title named it is tried again. */
const SEED = Number(process.env['SLUICE_TEST_SEED'] ?? Math.floor(Math.random() * 1e9))

function runTorture(...args: string[]) {
  const program = [join(ROOT, 'node_modules/.bin/jiti'), join(ROOT, 'test/torture/program.ts')]
  return spawnSync(process.execPath, [...program, ...args], { encoding: 'utf8' })
}

test(
  `killed ${KILLS} times while clients post and resend: every 2xx is in the ledger, in whole lines, and no kill doubles more than was under way (SLUICE_TEST_SEED=${SEED})`,
  async () => {
    const report = await torture({ kills: KILLS, seed: SEED, clients: 32, folder: folder() })
    process.stdout.write(`${describeReport(report)}\n`)
    expect(report.violations).toEqual([])
    expect(killCount(report)).toBe(KILLS)
    expect(report.confirmed).toBeGreaterThan(0)
    expect(report.resent).toBeGreaterThan(0)
    expect(report.lines).toBe(report.confirmed + report.duplicates)
    expect(report.duplicates).toBeLessThanOrEqual(report.bound)
    expect(report.torn.planted).toBeGreaterThan(0)
  },
  LIMIT_MS,
)

test(
  `killed ${KILLS} times while payments go through two stores: every 2xx is in the ledger in the end (SLUICE_TEST_SEED=${SEED})`,
  async () => {
    const report = await torture({ kills: KILLS, seed: SEED, clients: 32, folder: folder(), isStored: true })
    process.stdout.write(`${describeReport(report)}\n`)
    expect(report.violations).toEqual([])
    expect(killCount(report)).toBe(KILLS)
    expect(report.confirmed).toBeGreaterThan(0)
  },
  LIMIT_MS,
)

test('a door that says 2xx before the ledger has it is caught (canary)', async () => {
  const { violations } = await torture({ kills: 4, seed: SEED, clients: 32, folder: folder(), reply: 'accepted' })
  expect(violations).toContainEqual(expect.stringMatching(/ is missing, though it was answered with 2xx /))
})

test('--help says what it does', () => {
  const { status, stdout } = runTorture('--help')
  expect(status).toBe(0)
  expect(stdout).toContain('--kills N')
})

test.each([
  [['--kills', 'many']],
  [['--kills', '0']],
  [['--seed', '-1']],
  [['--murders', '5']],
  [['--overflow', 'paper']],
  [['--door', 'back']],
  [['--lease', 'long']],
])('%j is refused with the usage', (args) => {
  const { status, stderr } = runTorture(...args)
  expect(status).toBe(64)
  expect(stderr).toContain('--kills N')
  expect(stderr).not.toContain('    at ')
})
