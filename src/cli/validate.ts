import { realEnv } from '../core/env.ts'
import type { LoadedAll } from '../config/load-all.ts'
import type { LoadedPipeline } from '../config/load.ts'
import { renderProblems } from '../config/render.ts'
import { connect, type Connection } from '../daemon/connect.ts'
import { exitCodeOfConfig, exitCodeOfOpening, EXIT } from '../daemon/exit-codes.ts'
import { hintFor } from '../daemon/hints.ts'
import { printable } from '../kit/text.ts'
import { endOnFault, exit } from './end.ts'
import { load, tellErrors } from './load.ts'
import { painter } from './paint.ts'
import { print, printError, withOutputKept } from './print.ts'
import { summaryOf } from './summary.ts'
import { verdictOf, type Tried } from './verdict.ts'

export interface ValidateFlags {
  /** Opens every node as well, and lets go of it again. */
  readonly connect?: boolean
  /** One JSON document instead of text. */
  readonly json?: boolean
}

/**
 * `sluice validate`: says of each file what is wrong, or what would run. Never returns: a plugin may have left something
 * open.
 */
export async function validate(paths: readonly string[], flags: ValidateFlags): Promise<never> {
  endOnFault((message) => printError(`sluice: ${message}\n`))
  return await exit(await judged(paths, flags))
}

async function judged(paths: readonly string[], flags: ValidateFlags): Promise<number> {
  const loaded = await withOutputKept(() => load(paths))
  if ('exitCode' in loaded) return loaded.exitCode
  const isTried = flags.connect === true && loaded.errors.length === 0
  const tried = await withOutputKept(() => tryAll(loaded, isTried))
  const exitCode = exitCodeOf(loaded, tried)
  if (flags.json === true) print(`${JSON.stringify(verdictOf(loaded, tried, exitCode), undefined, 2)}\n`)
  else tell(loaded, tried)
  return exitCode
}

async function tryAll({ pipelines }: LoadedAll, isTried: boolean): Promise<Tried[]> {
  const tried: Tried[] = []
  // One after the other: what two pipelines both need for a moment is no mistake.
  for (const pipeline of pipelines) {
    const connections = isTried ? await connect(pipeline.spec, realEnv) : undefined
    tried.push({ pipeline, connections })
  }
  return tried
}

/** Of the first file that can't be used, else of the first node that can't be opened. */
function exitCodeOf({ errors }: LoadedAll, tried: readonly Tried[]): number {
  if (errors[0] !== undefined) return exitCodeOfConfig(errors[0])
  const failed = tried.flatMap(({ connections = [] }) => connections).find(({ error }) => error !== undefined)
  return failed === undefined ? EXIT.fine : exitCodeOfOpening(failed.error)
}

function tell({ errors }: LoadedAll, tried: readonly Tried[]): void {
  const bad = new Set(errors.map(({ file }) => file))
  const good = tried.filter(({ pipeline }) => !bad.has(pipeline.file))
  print(good.map(({ pipeline }) => textOf(pipeline)).join('\n'))
  tellErrors(errors)
  for (const { pipeline, connections } of good) if (connections !== undefined) tellConnections(pipeline, connections)
}

function textOf({ file, spec, warnings, text }: LoadedPipeline): string {
  const count = warnings.length === 1 ? 'one warning' : `${warnings.length} warnings`
  const verdict = warnings.length === 0 ? 'no mistakes' : `no mistakes, ${count}`
  const told = `${printable(file, 1000)}: ${verdict}\n\n${spec.name}\n${summaryOf(spec)}\n`
  return warnings.length === 0
    ? told
    : `${told}\n${renderProblems(warnings, text, { paint: painter(process.stdout) })}\n`
}

function tellConnections({ spec }: LoadedPipeline, connections: readonly Connection[]): void {
  const failed = connections.filter(({ error }) => error !== undefined)
  if (failed.length === 0) {
    print(`\n${spec.name}: every node can be opened\n`)
    return
  }
  const paint = painter(process.stderr)
  for (const { node, error } of failed) {
    const { message, code } = error as NodeJS.ErrnoException
    const hint = hintFor(code)
    const told = `${paint('place', `${spec.name}: ${node}`)}  ${paint('error', `can't be opened: ${message}`)}`
    printError(hint === undefined ? `${told}\n` : `${told}\n     ${paint('hint', hint)}\n`)
  }
}
