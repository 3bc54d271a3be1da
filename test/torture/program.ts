import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, runProgram, UsageError } from '../../bench/program.js'
import { describeReport } from './report.ts'
import { torture } from './torture.ts'

const USAGE = `npm run torture -- [options]

Kills the daemon with SIGKILL at random moments, while it starts, runs and drains. Meanwhile clients post payments, and
resend what was not answered with 2xx. At the end every 2xx must be in the ledger, in whole lines, and nothing more often
than the kills explain. Exits with 1 if not, and keeps the ledger.

  --kills N    how often (200)
  --seed S     moments and payments; printed, so that a run can be tried again (random)
  --clients N  how many post at once (32)
  --stored     payments are answered when they are stored, and go through two stores to the ledger
  --help`

const EXIT_INTERRUPTED = 130
/** Kills between two signs of life. */
const TOLD_EVERY = 50

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args)
  if (options === undefined) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  const folder = mkdtempSync(join(tmpdir(), 'sluice-torture-'))
  let isKept = false
  process.once('exit', () => {
    if (!isKept) rmSync(folder, { recursive: true })
  })
  // An exit by a signal would leave the daemon and the folder behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(EXIT_INTERRUPTED))
  process.stderr.write(`seed ${options.seed}: ${options.kills} kills\n`)
  const report = await torture({ ...options, folder, onKill: tell })
  process.stdout.write(`${describeReport(report)}\n`)
  isKept = report.violations.length > 0
  return isKept ? 1 : 0
}

function tell(kills: number): void {
  if (kills % TOLD_EVERY === 0) process.stderr.write(`${kills} kills\n`)
}

function readOptions(args: readonly string[]) {
  const { values } = parse({
    args: [...args],
    options: {
      kills: { type: 'string', default: '200' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
      clients: { type: 'string', default: '32' },
      stored: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true) return undefined
  return {
    kills: wholeNumber('--kills', values.kills, { least: 1, most: 1_000_000 }),
    seed: wholeNumber('--seed', values.seed, { least: 0, most: 2 ** 32 - 1 }),
    clients: wholeNumber('--clients', values.clients, { least: 1, most: 1000 }),
    isStored: values.stored,
  }
}

function wholeNumber(option: string, text: string, { least, most }: { least: number; most: number }): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN
  if (number >= least && number <= most) return number
  throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`)
}

await runProgram(main, USAGE)
