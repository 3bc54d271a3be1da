import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { claimsOf, strayOf } from '../../bench/soak/flood.js'

const MIB = 2 ** 20
const MINUTE_MS = 60_000
const PROGRAM = fileURLToPath(new URL('../../bench/soak.js', import.meta.url))

function runSoak(...args: string[]) {
  return spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' })
}

/** One that reaches all that was aimed at. */
const FLOOD = {
  stored: 10_000_000,
  dataBytes: 245,
  bytesPerMessage: 250,
  residentBytes: Array.from({ length: 30 }, () => 100 * MIB),
  fillSeconds: 40,
  startMs: 500,
  openMs: 100,
  drainSeconds: 2,
  purgeMs: 300,
  failures: 0,
}

describe('flood', () => {
  test.each(['embedded', 'redis'])(
    '%s: what is stored behind a consumer that stands still comes back in order after a start, and the rest is purged',
    (kind) => {
      const { stdout } = runSoak('--flood', kind, '--messages', '30000')
      expect(stdout).toMatch(new RegExp(`^${kind}: filled in .* s, drained in .* s, purged in .* s$`, 'm'))
      expect(stdout).toMatch(/^\w+: with \d+ stored, the first comes back \d+ ms after the process began/m)
      expect(stdout).toMatch(/^\w+: a message of 24\d bytes takes \d+ \(at most 3[03]0\): reached$/m)
      expect(stdout).toMatch(/^\w+: failures 0: reached$/m)
    },
    MINUTE_MS,
  )

  test('one that reaches everything misses nothing', () => {
    expect(claimsOf('embedded', FLOOD).every(({ isMet }) => isMet)).toBe(true)
  })

  test.each([
    [
      'a resident set that grows',
      { residentBytes: FLOOD.residentBytes.map((bytes, index) => bytes + index * 2 * MIB) },
    ],
    ['messages that take more', { bytesPerMessage: 301 }],
    ['a start that takes longer', { startMs: 1001 }],
    ['messages that are missing', { failures: 1 }],
  ])('%s: one goal is missed', (_claim, other) => {
    expect(claimsOf('embedded', { ...FLOOD, ...other }).filter(({ isMet }) => !isMet)).toHaveLength(1)
  })

  test('Redis may take more for a message', () => {
    expect(claimsOf('redis', { ...FLOOD, bytesPerMessage: 301 }).every(({ isMet }) => isMet)).toBe(true)
  })

  test('the resident set counts after ten seconds, by its distance from the median', () => {
    const start = Array.from({ length: 10 }, () => 10 * MIB)
    expect(strayOf(start)).toBeUndefined()
    expect(strayOf([...start, 100 * MIB, 100 * MIB, 80 * MIB])).toBeCloseTo(0.2)
  })

  test.each([[['--flood', 'nowhere']], [['--flood', 'redis', '--messages', '0']]])(
    '%j is refused with the usage',
    (args) => {
      const { status, stderr } = runSoak(...args)
      expect(status).toBe(64)
      expect(stderr).toContain('--flood STORE')
      expect(stderr).not.toContain('    at ')
    },
  )
})
