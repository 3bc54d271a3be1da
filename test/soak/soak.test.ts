import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { isSteady, soak } from '../../bench/soak/heap.js'

const MESSAGES = 1_000_000
const BASELINE = 100_000
const MINUTE_MS = 60_000
const MIB = 2 ** 20

const PROGRAM = fileURLToPath(new URL('../../bench/soak.js', import.meta.url))
const stages = readdirSync(new URL('../../src/stages/', import.meta.url)).map((file) => file.replace(/\.ts$/, ''))

function runSoak(...args: string[]) {
  return spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' })
}

describe('soak', () => {
  test(
    'each built-in stage leaves the heap as it was, message after message',
    () => {
      const { status, stdout, stderr } = runSoak('--messages', String(MESSAGES), '--baseline', String(BASELINE))
      expect(stderr).toBe('')
      for (const stage of [...stages, 'retries'])
        expect(stdout).toMatch(new RegExp(`^${stage}: heap .* failures 0: steady$`, 'm'))
      expect(status).toBe(0)
    },
    MINUTE_MS,
  )

  test(
    'a stage that keeps what it has passed on is found',
    async () => {
      const leaking = new URL('leaking.js', import.meta.url)
      const weights = await soak(leaking, { options: {}, messages: MESSAGES, baseline: BASELINE })
      expect(weights.failures).toBe(0)
      expect(isSteady(weights)).toBe(false)
    },
    MINUTE_MS,
  )

  test.each([
    ['a small heap may grow by 8 MiB', [10 * MIB, 18 * MIB], true],
    ['and by no more', [10 * MIB, 18 * MIB + 1], false],
    ['a large one by a tenth', [1000 * MIB, 1100 * MIB], true],
    ['and by no more than that', [1000 * MIB, 1100 * MIB + 1], false],
  ] as const)('%s', (_claim, [baselineBytes, endBytes], steady) => {
    expect(isSteady({ baselineBytes, endBytes, failures: 0 })).toBe(steady)
  })

  test('messages that were not acked are no steady state', () => {
    expect(isSteady({ baselineBytes: MIB, endBytes: MIB, failures: 1 })).toBe(false)
  })

  test.each([[['--messages', 'many']], [['--messages', '5', '--baseline', '5']], [['--minutes', '5']]])(
    '%j is refused with the usage',
    (args) => {
      const { status, stderr } = runSoak(...args)
      expect(status).toBe(64)
      expect(stderr).toContain('--baseline N')
      expect(stderr).not.toContain('    at ')
    },
  )
})
