import { mkdtemp, rm } from 'node:fs/promises'
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
  --help`

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args)
  if (options === undefined) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  const folder = await mkdtemp(join(tmpdir(), 'sluice-torture-'))
  const report = await torture({ ...options, folder })
  process.stdout.write(`${describeReport(report)}\n`)
  if (report.violations.length > 0) return 1
  await rm(folder, { recursive: true })
  return 0
}

function readOptions(args: readonly string[]) {
  const { values } = parse({
    args: [...args],
    options: {
      kills: { type: 'string', default: '200' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
      clients: { type: 'string', default: '32' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true) return undefined
  return {
    kills: wholeNumber('--kills', values.kills, { least: 1, most: 1_000_000 }),
    seed: wholeNumber('--seed', values.seed, { least: 0, most: 2 ** 32 - 1 }),
    clients: wholeNumber('--clients', values.clients, { least: 1, most: 1000 }),
  }
}

function wholeNumber(option: string, text: string, { least, most }: { least: number; most: number }): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN
  if (number >= least && number <= most) return number
  throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`)
}

await runProgram(main, USAGE)
