import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Outlet } from '../../src/core/outlet.ts'
import { narrate, simulate, type Outcome } from '../../src/testing/index.ts'
import { shrink } from '../../src/testing/simulator/shrink.ts'

const SCRIPT = fileURLToPath(new URL('simulate.mjs', import.meta.url))
const SEEDS = 10_000

/** What the command says; also where it fails, because that is when it has something to say. */
async function outputOf(...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(process.execPath, [SCRIPT, ...args])).stdout
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

function firstViolation(): Outcome | undefined {
  for (let seed = 1; seed <= 20; seed++) {
    const outcome = simulate(seed)
    if (outcome.violation !== undefined) return outcome
  }
  return undefined
}

describe('simulator', () => {
  test('the same seed does the same again', () => {
    for (let seed = 1; seed <= 40; seed++) expect(simulate(seed).traceHash).toBe(simulate(seed).traceHash)
  })

  test('other seeds do something else', () => {
    const hashes = Array.from({ length: 40 }, (_, seed) => simulate(seed + 1).traceHash)
    expect(new Set(hashes).size).toBe(40)
  })

  describe('with a kernel that loses messages (canary)', () => {
    const { dispatch } = Outlet.prototype

    beforeEach(() => {
      Outlet.prototype.dispatch = function (this: Outlet, messages) {
        dispatch.call(
          this,
          messages.filter(({ position }) => position !== '3'),
        )
      }
    })
    afterEach(() => {
      Outlet.prototype.dispatch = dispatch
    })

    test('it is caught', () => {
      expect(firstViolation()).toBeDefined()
    })

    test('what is caught is shrunk to a short schedule that breaks the same invariant, and told in words', () => {
      const { seed, violation } = firstViolation()!
      const { reduction } = shrink(seed, violation!.invariant)
      const [whole, shrunk] = [simulate(seed), simulate(seed, { reduction })]
      expect(shrunk.violation!.invariant).toBe(violation!.invariant)
      expect(shrunk.messages).toBeLessThanOrEqual(5)
      expect(shrunk.kinds.length).toBeLessThan(3)
      expect(shrunk.scenario.workers.length).toBeLessThanOrEqual(Math.min(2, whole.scenario.workers.length))
      const { isGood, lines } = narrate(seed)
      expect(isGood).toBe(false)
      expect(lines.at(-2)).toMatch(new RegExp(`^seed ${seed}: \\d messages, ${violation!.invariant}: `))
      expect(lines.at(-1)).toMatch(/^shrunk in \d+ tries from .* to /)
    })
  })

  test(`every invariant holds over ${SEEDS} seeds, and every kind of fault strikes`, async () => {
    const stdout = await outputOf('--seeds', String(SEEDS))
    process.stdout.write(stdout)
    expect(stdout).toContain(`${SEEDS} seeds`)
    expect(stdout, stdout).toContain(' 0 violations')
    expect(stdout).not.toContain('never struck')
  })
})
