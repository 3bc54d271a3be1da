import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, runProgram, UsageError } from '../../bench/program.js'
import { duration } from '../../src/kit/units.ts'
import { describeDoor } from './doors/door-report.ts'
import { DOOR_NAMES, tortureDoor } from './doors/doors.ts'
import { describeKills } from './kills/kills-report.ts'
import { killByState } from './kills/kills.ts'
import { describeFight } from './lease/fight-report.ts'
import { fight } from './lease/fight.ts'
import { STORE_NAMES } from './kills/place.ts'
import { describeReport } from './report.ts'
import { torture } from './torture.ts'

const USAGE = `npm run torture -- [options]

Kills the daemon with SIGKILL at random moments, while it starts, runs and drains. Meanwhile clients post payments, and
resend what was not answered with 2xx. At the end every 2xx must be in the ledger, in whole lines, and nothing more often
than the kills explain. Exits with 1 if not, and keeps the ledger.

  --kills N    how often (200; at a door 100)
  --seed S     moments and payments; printed, so that a run can be tried again (random)
  --clients N  how many post at once (32)
  --stored     payments are answered when they are stored, and go through two stores to the ledger
  --help

npm run torture -- --overflow STORE [--kills-per-state N] [--seed S]

Kills the daemon N times (100) in each state of an overflow: direct, opening, spilling, draining, closing. A kill counts for
the state that /health told last before it; the daemon is asked without a pause, and killed when it has answered. STORE is
embedded, or redis: then a server of its own, with an AOF that is synced each second, is killed now and then, too. At the end
every 2xx must be in the ledger, in the order in which it came in, and after no kill may a store have given out again more
than what had been settled since its last commit.

npm run torture -- --door DOOR [--kills N] [--seed S]

Kills daemons N times (100) while numbers go in at a door and come out at another, and each fourth time their server with
them. DOOR is redis-stream (two daemons of one group, from one stream to another, where nothing may come twice), bullmq (two
workers of one queue) or file (one that follows files which are rotated). At the end everything must have come out, and
nothing more often than the kills explain.

npm run torture -- --lease DURATION [--seed S]

Two daemons whose wall clocks are minutes apart fight for one overflow in Redis for so long, such as 60s: the one that has it
is paused for longer than its lease, or killed, again and again. Nothing may be lost or out of order, and an owner that has
lost its lease may deliver no more than what it had handed out.`

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
  const { violations, text } = await tortured(options, folder)
  process.stdout.write(`${text}\n`)
  isKept = violations.length > 0
  return isKept ? 1 : 0
}

type Options = NonNullable<ReturnType<typeof readOptions>>

function tortured(options: Options, folder: string) {
  if (options.leaseMs !== undefined) return byLease(options, folder)
  if (options.door !== undefined) return atDoor(options, folder)
  return options.store === undefined ? anywhere(options, folder) : byState(options, folder)
}

async function byLease({ leaseMs, seed }: Options, folder: string) {
  process.stderr.write(`seed ${seed}: ${leaseMs! / 1000} s\n`)
  const report = await fight({ ms: leaseMs!, seed, folder })
  return { violations: report.violations, text: describeFight(report) }
}

async function anywhere(options: Options, folder: string) {
  process.stderr.write(`seed ${options.seed}: ${options.kills} kills\n`)
  const report = await torture({ ...options, folder, onKill: tell })
  return { violations: report.violations, text: describeReport(report) }
}

async function atDoor({ door, kills, seed }: Options, folder: string) {
  process.stderr.write(`seed ${seed}: ${kills} kills\n`)
  const report = await tortureDoor({ door: door!, kills, seed, folder, onKill: tell })
  return { violations: report.violations, text: describeDoor(report) }
}

async function byState({ store, perState, seed }: Options, folder: string) {
  process.stderr.write(`seed ${seed}: ${perState} kills in each state\n`)
  const report = await killByState({ store: store!, perState, seed, folder, onKill: tell })
  return { violations: report.violations, text: describeKills(report) }
}

function tell(kills: number): void {
  if (kills % TOLD_EVERY === 0) process.stderr.write(`${kills} kills\n`)
}

function readOptions(args: readonly string[]) {
  const { values } = parse({
    args: [...args],
    options: {
      kills: { type: 'string' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
      clients: { type: 'string', default: '32' },
      stored: { type: 'boolean', default: false },
      overflow: { type: 'string' },
      door: { type: 'string' },
      lease: { type: 'string' },
      'kills-per-state': { type: 'string', default: '100' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true) return undefined
  const kills = values.kills ?? (values.door === undefined ? '200' : '100')
  return {
    kills: wholeNumber('--kills', kills, { least: 1, most: 1_000_000 }),
    seed: wholeNumber('--seed', values.seed, { least: 0, most: 2 ** 32 - 1 }),
    clients: wholeNumber('--clients', values.clients, { least: 1, most: 1000 }),
    isStored: values.stored,
    store: nameIn('--overflow', values.overflow, STORE_NAMES),
    door: nameIn('--door', values.door, DOOR_NAMES),
    leaseMs: values.lease === undefined ? undefined : durationIn('--lease', values.lease),
    perState: wholeNumber('--kills-per-state', values['kills-per-state'], { least: 1, most: 100_000 }),
  }
}

function durationIn(option: string, text: string): number {
  const { success, data } = duration({ min: '1s', max: '1d' }).safeParse(text)
  if (success) return data
  throw new UsageError(`${option} takes a duration from 1s to 1d, such as 60s, not ${JSON.stringify(text)}`)
}

function nameIn<T extends string>(option: string, text: string | undefined, names: readonly T[]): T | undefined {
  const name = names.find((each) => each === text)
  if (name !== undefined || text === undefined) return name
  throw new UsageError(`${option} takes ${names.join(' or ')}, not ${JSON.stringify(text)}`)
}

function wholeNumber(option: string, text: string, { least, most }: { least: number; most: number }): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN
  if (number >= least && number <= most) return number
  throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`)
}

await runProgram(main, USAGE)
