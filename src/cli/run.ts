import type { Log } from '../core/component.ts'
import type { LoadedPipeline } from '../config/load.ts'
import { renderProblems } from '../config/render.ts'
import type { AdminOptions } from '../daemon/admin.ts'
import { exitCodeOfReports, exitCodeOfOpening } from '../daemon/exit-codes.ts'
import { createLog } from '../daemon/log.ts'
import { listenToSignals } from '../daemon/signals.ts'
import type { Running } from '../daemon/running.ts'
import { start } from '../daemon/start.ts'
import { notingDoors, type Door } from './announce.ts'
import { Announcer } from './announcer.ts'
import { endOnFault, exit } from './end.ts'
import { load, tellErrors } from './load.ts'
import { painter } from './paint.ts'
import { printError } from './print.ts'

/** For the last line to be whole. */
const OUTPUT_GRACE_MS = 1_000

/** Where the admin server listens, and who may ask it; where recordings are written. */
export interface RunFlags {
  readonly recordings: string
  readonly adminPort: number
  readonly adminHost?: string
  readonly adminTokenFile?: string
  readonly adminAllowHost?: readonly string[]
}

/**
 * `sluice run`: runs pipelines until they end, fail or are stopped. Never returns: whatever a component has left open
 * must not keep the process alive.
 */
export async function run(paths: readonly string[], flags: RunFlags): Promise<never> {
  // What hasn't been read by now has no outcome: whoever reads had the whole of `stopTimeout` for it.
  return await exit(await runToEnd(paths, flags), OUTPUT_GRACE_MS)
}

async function runToEnd(paths: readonly string[], flags: RunFlags): Promise<number> {
  const faults = endOnFault((message) => printError(`sluice: ${message}\n`))
  const loaded = await load(paths)
  if ('exitCode' in loaded) return loaded.exitCode
  if (loaded.errors.length > 0) return tellErrors(loaded.errors)
  const specs = loaded.pipelines.map(({ spec }) => spec)
  const isTerminal = process.stderr.isTTY
  const form = { isPretty: isTerminal, showsPipeline: specs.length > 1 }
  const log = await createLog(form)
  // Here a stack helps.
  faults.tellBy((message, stack) => log.error(message, { stack }))
  for (const pipeline of loaded.pipelines) tellWarnings(pipeline, log)
  const signals = listenToSignals(log)
  const { signal } = signals
  const doors: Door[] = []
  const announcer = new Announcer(specs, { log, doors, signal })
  let running: Running
  try {
    running = await start(specs, {
      log: notingDoors(log, doors, isTerminal),
      admin: adminOf(flags),
      signal,
      recordings: flags.recordings,
      quits: signals,
      onOpen: (pipeline) => announcer.opened(pipeline),
      faults,
      sentinel: form,
    })
  } catch (error) {
    return exitCodeOfOpening(error)
  }
  announcer.started(running)
  return exitCodeOfReports(await running.finished)
}

/** A token is never an argument: every user of the machine can see those. */
function adminOf({ adminPort, adminHost, adminTokenFile, adminAllowHost }: RunFlags): AdminOptions {
  const token = process.env['SLUICE_ADMIN_TOKEN']
  return { port: adminPort, host: adminHost, allowHosts: adminAllowHost, token, tokenFile: adminTokenFile }
}

function tellWarnings({ warnings, text }: LoadedPipeline, log: Log): void {
  if (warnings.length === 0) return
  if (process.stderr.isTTY) {
    printError(`${renderProblems(warnings, text, { paint: painter(process.stderr) })}\n\n`)
    return
  }
  for (const { file, line, column, message, hint } of warnings)
    log.warn(`${file}:${line}:${column} ${message}`, { hint })
}
