import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A mistake put into one source file. */
export interface Mutant {
  readonly file: string
  /** Stands in the file once. */
  readonly find: string
  readonly replace: string
}

/** What a run of tests on a mutant came to. */
export interface MutantResult {
  /** Titles of the tests that failed, with what they said. */
  readonly failed: readonly { readonly title: string; readonly message: string }[]
  /** The tests did not come to an end. */
  readonly isHanging: boolean
  /** What kept tests from running at all: then the mutant proves nothing. */
  readonly broken: string | undefined
}

interface JsonReport {
  readonly testResults: readonly {
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')
/** After this a mutant hangs, and that shows it as well as a failure does. */
const LIMIT_MS = 60_000
/** The same for thousands of seeds, on a machine that is busy with other tests. */
export const SEEDS_LIMIT_MS = 240_000

let runs = 0

/** Runs a test file on a mutant, in a process of its own. */
export async function runOn(mutant: Mutant, test: string, limitMs = LIMIT_MS): Promise<MutantResult> {
  const report = join(tmpdir(), `sluice-mutant-${process.pid}-${runs++}.json`)
  const args = [
    'run',
    '--config',
    'test/mutants/vitest.mutant.config.ts',
    '--reporter=json',
    `--outputFile=${report}`,
    test,
  ]
  const env = { ...process.env, SLUICE_MUTANT: JSON.stringify(mutant) }
  const options = { cwd: ROOT, env, timeout: limitMs, killSignal: 'SIGKILL' } as const
  const { output, isHanging } = await new Promise<{ output: string; isHanging: boolean }>((resolve) => {
    execFile(process.execPath, [VITEST, ...args], options, (error, stdout, stderr) => {
      resolve({ output: stdout + stderr, isHanging: error?.killed === true })
    })
  })
  if (isHanging) return { failed: [], isHanging, broken: undefined }
  try {
    return resultOf(JSON.parse(await readFile(report, 'utf8')) as JsonReport)
  } catch {
    return { failed: [], isHanging, broken: `no report: ${output.slice(-1000)}` }
  } finally {
    await rm(report, { force: true })
  }
}

/** Runs jobs side by side, one for each core. */
export async function sideBySide<T, R>(jobs: readonly T[], run: (job: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let at = next++; at < jobs.length; at = next++) results[at] = await run(jobs[at]!)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, lane))
  return results
}

function resultOf({ testResults }: JsonReport): MutantResult {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  const failed = tests
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => ({ title: fullName, message: failureMessages.join() }))
  const broken = tests.length === 0 ? testResults.map(({ message }) => message).join() || 'no test ran' : undefined
  return { failed, isHanging: false, broken }
}
