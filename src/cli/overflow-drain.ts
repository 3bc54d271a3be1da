import { overflowName, overflowsIn } from '../config/overflows.ts'
import type { Log } from '../core/component.ts'
import type { PipelineSpec } from '../core/spec.ts'
import { daemonError } from '../daemon/errors.ts'
import { drainedBy } from '../daemon/drained.ts'
import { EXIT, exitCodeOfOpening, exitCodeOfReports } from '../daemon/exit-codes.ts'
import { createLog } from '../daemon/log.ts'
import { listenToSignals } from '../daemon/signals.ts'
import type { Running } from '../daemon/running.ts'
import { start } from '../daemon/start.ts'
import { withRecords } from '../daemon/store-records.ts'
import { quote } from '../kit/text.ts'
import { duration } from '../kit/units.ts'
import { endOnFault } from './end.ts'
import { namedIn, storeNamed, withStore, type NamedStore } from './overflow-access.ts'
import { printError } from './print.ts'

const timeoutOption = duration({ min: '1s', max: '365d' })

/** What one run of a drain has come to. */
interface Drained {
  readonly exitCode: number
  /** It was stopped from outside, or took too long. */
  readonly isStopped: boolean
}

/** `sluice overflow drain`. @returns what to exit with */
export async function drainOf(
  spec: PipelineSpec,
  { edge, timeout }: { readonly edge: string; readonly timeout?: string | undefined },
): Promise<number> {
  const given = timeout === undefined ? undefined : timeoutOption.safeParse(timeout)
  if (given?.success === false) {
    printError(`sluice: --timeout ${quote(timeout!)}: ${given.error.issues[0]!.message}\n`)
    return EXIT.usage
  }
  const named = await storeNamed(spec, edge)
  if (named.isOrphaned) throw undeliverable(edge)
  if (named.isPair === true) throw drainedElsewhere(edge)
  const faults = endOnFault((message) => printError(`sluice: ${message}\n`))
  const log = await createLog({ isPretty: process.stderr.isTTY })
  faults.tellBy((message, stack) => log.error(message, { stack }))
  const timer = new AbortController()
  const timing = given && setTimeout(() => timer.abort(), given.data)
  const signal = AbortSignal.any([listenToSignals(log).signal, timer.signal])
  const exitCode = await drainAll(await withRecords(spec, log), named, { log, signal, faults })
  clearTimeout(timing)
  return exitCode
}

/** What failed last, when there was nothing left to wait for, is tried again as long as that gets on. */
async function drainAll(
  spec: PipelineSpec,
  named: NamedStore,
  options: Parameters<typeof runOnce>[1],
): Promise<number> {
  const { log } = options
  const before = await storedBy(named)
  if (before > 0) log.info(`drains ${named.name}, which has ${countText(before)}`)
  const owned = namedIn(overflowsIn(spec), named.name, overflowName)
  for (let had = before; had > 0;) {
    const { exitCode, isStopped } = await runOnce(drainedBy(spec, owned), options)
    const left = await storedBy(named).catch(() => had)
    if (left > 0 && !isStopped && exitCode === EXIT.fine && left < had) {
      had = left
      continue
    }
    if (left === 0) break
    log.error(`${named.name} is not empty: ${countText(before - left)} delivered, ${left} stay stored`)
    return exitCode === EXIT.fine ? (isStopped ? EXIT.deadline : EXIT.data) : exitCode
  }
  log.info(`${named.name} is empty: ${countText(before)} delivered`)
  return EXIT.fine
}

async function runOnce(
  spec: PipelineSpec,
  { log, signal, faults }: { readonly log: Log; readonly signal: AbortSignal; readonly faults: Faults },
): Promise<Drained> {
  let running: Running
  try {
    running = await start(spec, { log, signal, faults })
  } catch (error) {
    return { exitCode: exitCodeOfOpening(error), isStopped: false }
  }
  return { exitCode: exitCodeOfReports(await running.finished), isStopped: signal.aborted }
}

type Faults = ReturnType<typeof endOnFault>

async function storedBy(named: NamedStore): Promise<number> {
  return (await withStore(named, async ({ store }) => store.depth.messages)) ?? 0
}

function countText(messages: number): string {
  return messages === 1 ? '1 message' : `${messages} messages`
}

function undeliverable(edge: string): Error {
  const problem = `${quote(edge)} is no overflow of the pipeline any more: no node is below it`
  return daemonError('SLUICE_ADMIN_NO_OVERFLOW', `${problem}; adopt what it has stored, or put it back`)
}

function drainedElsewhere(pair: string): Error {
  const problem = `${quote(pair)} is no overflow of an edge: the pipeline with its producer \`overflow\` delivers it`
  return daemonError('SLUICE_ADMIN_NO_OVERFLOW', `${problem}; with \`until: empty\` that ends when nothing is left`)
}
