import { overflowName } from '../config/overflows.ts'
import { asError, type SluiceError } from '../core/errors.ts'
import type { PipelineSpec } from '../core/spec.ts'
import { daemonError } from '../daemon/errors.ts'
import { EXIT, exitCodeOfOpening } from '../daemon/exit-codes.ts'
import { hintFor } from '../daemon/hints.ts'
import { forget } from '../daemon/orphans.ts'
import type { OverflowStatus } from '../daemon/overflow-status.ts'
import { openAdmin, type AdminFlags } from './admin-access.ts'
import { exit } from './end.ts'
import { placeFor, toFile, toOutput } from './export-file.ts'
import { specOf, Told } from './letters-access.ts'
import { namedIn, storedIn, storeNamed, storesOf, withStore, type NamedStore } from './overflow-access.ts'
import { adoptInto } from './overflow-adopt.ts'
import { allStopped, stopped, type Listed } from './overflow-stopped.ts'
import { lineOf, lostText, overflowText, tableOf, type ListedOverflow } from './overflow-text.ts'
import { print, printError } from './print.ts'

/** What the commands of overflows may be given. */
export interface OverflowFlags extends AdminFlags {
  readonly config?: string
  readonly pipeline?: string
  readonly json?: boolean
  readonly count?: number
  readonly output?: string
  readonly force?: boolean
  readonly yes?: boolean
  readonly into?: string
  readonly timeout?: string
}

const EXIT_CODES: Readonly<Record<string, number>> = {
  SLUICE_ADMIN_NO_OVERFLOW: EXIT.noInput,
  SLUICE_ADMIN_TOKEN_WRONG: EXIT.permission,
  SLUICE_ADMIN_UNREACHABLE: EXIT.unavailable,
}

export async function list(flags: OverflowFlags): Promise<never> {
  return await told(async () => {
    const { overflows, failure } = await listed(flags)
    print(flags.json === true ? jsonOf(overflows) : tableOf(overflows))
    return failure === undefined ? EXIT.fine : tell(failure)
  })
}

export async function show(edge: string, flags: OverflowFlags): Promise<never> {
  return await told(async () => {
    const { overflows } = await listed(flags, edge)
    print(flags.json === true ? jsonOf(overflows[0]) : overflowText(overflows[0]!))
    return EXIT.fine
  })
}

export async function peek(edge: string, flags: OverflowFlags): Promise<never> {
  return await told(async () => {
    await write(await found(edge, flags), { most: flags.count ?? 10 })
    return EXIT.fine
  })
}

export async function exportAll(edge: string, flags: OverflowFlags): Promise<never> {
  return await told(async () => {
    const { output, force } = flags
    const place = output === undefined ? undefined : placeFor(output, force)
    const lost = await write(await found(edge, flags), { place })
    return lost > 0 ? EXIT.data : EXIT.fine
  })
}

export async function purge(edge: string, flags: OverflowFlags): Promise<never> {
  return await told(async () => {
    const spec = await neededSpec(flags)
    const overflow = await storeNamed(spec, edge)
    if (flags.yes !== true) {
      printError(
        `sluice: this removes all messages that ${edge} has stored, for good: say --yes, or export them first\n`,
      )
      return EXIT.usage
    }
    const purged = await withStore(overflow, async ({ store, settled }) => {
      const { messages, parts } = store.depth
      await store.commit({ below: store.next, above: [], parts: settled.parts + parts })
      return messages
    })
    await forget(spec, overflow)
    print(`${purged ?? 0} ${purged === 1 ? 'message' : 'messages'} removed\n`)
    return EXIT.fine
  })
}

export async function adopt(edge: string, flags: OverflowFlags & { readonly into: string }): Promise<never> {
  return await told(async () => await adoptInto(await neededSpec(flags), { edge, into: flags.into }))
}

export async function drain(edge: string, flags: OverflowFlags): Promise<never> {
  return await told(async () => {
    const { drainOf } = await import('./overflow-drain.ts')
    return await drainOf(await neededSpec(flags), { edge, timeout: flags.timeout })
  })
}

async function found(edge: string, flags: OverflowFlags): Promise<NamedStore> {
  return await storeNamed(await neededSpec(flags), edge)
}

async function neededSpec({ config, pipeline: named }: OverflowFlags): Promise<PipelineSpec> {
  if (config !== undefined) return await specOf(config, named)
  printError('sluice: the file of the pipeline is needed: name it with --config\n')
  throw new Told(EXIT.usage)
}

/** Writes messages, oldest first. @returns how many are damaged or missing, which is told. */
async function write(
  overflow: NamedStore,
  { most = Infinity, place }: { readonly most?: number; readonly place?: string | undefined },
): Promise<number> {
  let lost = 0
  const onLost = (from: number, to: number): void => {
    lost += to - from
    printError(lostText(from, to))
  }
  await withStore(overflow, async (opened) => {
    async function* lines(): AsyncGenerator<string, void> {
      let count = 0
      for await (const message of storedIn(opened, onLost)) {
        if (count++ >= most) return
        yield lineOf(message)
      }
    }
    await (place === undefined ? toOutput(lines()) : toFile(lines(), place))
  })
  return lost
}

/** From the daemon that runs, or from the stores themselves. @param edge only that one */
async function listed(flags: OverflowFlags, edge?: string): Promise<Listed> {
  const spec = flags.config === undefined ? undefined : await specOf(flags.config, flags.pipeline)
  const live = await running(flags, flags.pipeline ?? spec?.name)
  if (live !== undefined) {
    const all = [...live.map(ofDaemon), ...(spec === undefined ? [] : await pairsOf(spec))]
    return { overflows: edge === undefined ? all : [namedIn(all, edge, ({ name }) => name)] }
  }
  if (spec === undefined)
    throw daemonError(
      'SLUICE_ADMIN_UNREACHABLE',
      'no daemon answers that has such a pipeline, and no --config is given',
    )
  if (edge !== undefined) return { overflows: [await stopped(await storeNamed(spec, edge))] }
  return await allStopped(spec)
}

/** The pairs of a pipeline whose edges a daemon tells of. */
async function pairsOf(spec: PipelineSpec): Promise<ListedOverflow[]> {
  const pairs: ListedOverflow[] = []
  for (const named of await storesOf(spec)) if (named.isPair === true) pairs.push(await stopped(named))
  return pairs
}

/** What a daemon says of its overflows. @returns undefined where none answers, or it has no such pipeline */
async function running(flags: OverflowFlags, named: string | undefined): Promise<OverflowStatus[] | undefined> {
  const admin = await openAdmin(flags)
  if (admin === undefined) return undefined
  const { pipelines } = (await (await admin.ask('/health')).json()) as {
    readonly pipelines: readonly { readonly name: string; readonly overflows: readonly OverflowStatus[] }[]
  }
  const meant = pipelines.filter(({ name }) => named === undefined || name === named)
  return meant.length === 0 ? undefined : meant.flatMap(({ overflows }) => overflows)
}

function ofDaemon(status: OverflowStatus): ListedOverflow {
  const { state, stored, storedParts, storedBytes, oldestStoredMs, trouble, owner } = status
  const name = overflowName(status)
  return { name, state, stored, storedParts, storedBytes, oldestStoredMs, trouble, owner: owner ?? undefined }
}

function jsonOf(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

/** Runs an action. Never returns: a plugin of the config may have left something open. */
async function told(action: () => Promise<number>): Promise<never> {
  let code: number
  try {
    code = await action()
  } catch (error) {
    code = error instanceof Told ? error.exitCode : tell(asError(error) as SluiceError)
  }
  return await exit(code)
}

/** @returns what to exit with. */
function tell(error: SluiceError): number {
  const hint = hintFor(error.code)
  printError(`sluice: ${error.message}\n${hint === undefined ? '' : `  ${hint}\n`}`)
  return EXIT_CODES[error.code] ?? exitCodeOfOpening(error)
}
