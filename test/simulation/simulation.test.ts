import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Outlet } from '../../src/core/outlet.ts'
import { simulate } from '../../src/testing/index.ts'

const SCRIPT = fileURLToPath(new URL('simulate.mjs', import.meta.url))
const SEEDS = 15_000

describe('simulator', () => {
  test('the same seed does the same again', () => {
    for (let seed = 1; seed <= 40; seed++) expect(simulate(seed).traceHash).toBe(simulate(seed).traceHash)
  })

  test('other seeds do something else', () => {
    const hashes = Array.from({ length: 40 }, (_, seed) => simulate(seed + 1).traceHash)
    expect(new Set(hashes).size).toBe(40)
  })

  test('a kernel that loses messages is caught (canary)', () => {
    const { dispatch } = Outlet.prototype
    let count = 0
    Outlet.prototype.dispatch = function (this: Outlet, messages) {
      dispatch.call(this, ++count % 50 === 0 ? messages.slice(1) : messages)
    }
    try {
      const violations = Array.from({ length: 20 }, (_, seed) => simulate(seed + 1).violation)
      expect(violations.some((violation) => violation !== undefined)).toBe(true)
    } finally {
      Outlet.prototype.dispatch = dispatch
    }
  })

  test(`every invariant holds over ${SEEDS} seeds, and every kind of fault strikes`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, '--seeds', String(SEEDS)])
    process.stdout.write(stdout)
    expect(stdout).toContain(`${SEEDS} seeds`)
    expect(stdout).toContain(' 0 violations')
  })
})
