import type { Log } from '../core/component.ts'
import { asError } from '../core/errors.ts'
import type { LoadedPipeline } from '../config/load.ts'
import { renderProblems } from '../config/render.ts'
import type { AdminOptions } from '../daemon/admin.ts'
import { exitCodeOfReports, exitCodeOfOpening, EXIT } from '../daemon/exit-codes.ts'
import { createLog } from '../daemon/log.ts'
import { listenToSignals } from '../daemon/signals.ts'
import { start, type Running } from '../daemon/start.ts'
import { announce, announcement, notingDoors, type Door } from './announce.ts'
import { load } from './load.ts'
import { painter } from './paint.ts'

/** Where the admin server listens, and who may ask it. */
export interface AdminFlags {
  readonly adminPort: number
  readonly adminHost?: string
  readonly adminTokenFile?: string
  readonly adminAllowHost?: readonly string[]
}

/**
 * `sluice run`: runs a pipeline until it ends, fails or is stopped. Never returns: whatever a component has left open
 * must not keep the process alive.
 */
export async function run(file: string, flags: AdminFlags): Promise<never> {
  process.exit(await runToEnd(file, flags))
}

async function runToEnd(file: string, flags: AdminFlags): Promise<number> {
  const loaded = await load(file)
  if ('exitCode' in loaded) return loaded.exitCode
  const { spec } = loaded.pipeline
  const isTerminal = process.stderr.isTTY
  const log = await createLog({ isPretty: isTerminal })
  endOnFault(log)
  tellWarnings(loaded.pipeline, log)
  const { signal } = listenToSignals(log)
  const doors: Door[] = []
  let running: Running
  try {
    running = await start(spec, { log: notingDoors(log, doors, isTerminal), admin: adminOf(flags), signal })
  } catch (error) {
    return exitCodeOfOpening(error)
  }
  const started = { spec, running, doors }
  if (isTerminal && !signal.aborted) process.stderr.write(announcement(started, process.stderr))
  else if (!signal.aborted) announce(started, log)
  return exitCodeOfReports(await running.finished)
}

/** A token is never an argument: every user of the machine can see those. */
function adminOf({ adminPort, adminHost, adminTokenFile, adminAllowHost }: AdminFlags): AdminOptions {
  const token = process.env['SLUICE_ADMIN_TOKEN']
  return { port: adminPort, host: adminHost, allowHosts: adminAllowHost, token, tokenFile: adminTokenFile }
}

/** What is thrown outside of all handlers is a mistake in a component or in Sluice: here a stack helps. */
function endOnFault(log: Log): void {
  process.on('uncaughtException', (thrown) => {
    try {
      const { message, stack } = asError(thrown)
      log.error(`a component or Sluice itself has failed: ${message}`, { stack })
    } finally {
      process.exit(EXIT.internal)
    }
  })
}

function tellWarnings({ warnings, text }: LoadedPipeline, log: Log): void {
  if (warnings.length === 0) return
  if (process.stderr.isTTY) {
    process.stderr.write(`${renderProblems(warnings, text, { paint: painter(process.stderr) })}\n\n`)
    return
  }
  for (const { file, line, column, message, hint } of warnings)
    log.warn(`${file}:${line}:${column} ${message}`, { hint })
}
