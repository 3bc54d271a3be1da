import type { Reporter, SerializedError, TestModule } from 'vitest/node'

interface Totals {
  passed: number
  failed: number
  skipped: number
}

/** Test files that can't be loaded, and suites whose hooks throw, have failed though no test of theirs has. */
function totalsOf(modules: readonly TestModule[]): Totals {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 }
  for (const module of modules) {
    if (module.errors().length > 0) totals.failed++
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) totals.failed++
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      // `pending` is a test that the run never came back from.
      totals[state === 'pending' ? 'failed' : state]++
    }
  }
  return totals
}

/** The closing line. A run that ends badly without a failed test has failed once: set-up, teardown, an unknown option. */
function closingLine({ passed, failed, skipped }: Totals, exitCode: number): string {
  const failures = exitCode !== 0 && failed === 0 ? 1 : failed
  return `${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/**
 * Prints the totals of a run, alone on the last line: `N passed, N failed`, and `, N skipped` where there are any.
 * It prints when the process exits, because the other reporters and the teardown print before.
 */
export default class TotalsReporter implements Reporter {
  #totals: Totals = { passed: 0, failed: 0, skipped: 0 }

  onInit(): void {
    process.once('exit', (code) => {
      process.stdout.write(`\n${closingLine(this.#totals, code)}\n`)
    })
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#totals = totalsOf(modules)
    this.#totals.failed += unhandledErrors.length
  }
}
