import { existsSync, readdirSync, statSync } from 'node:fs'
import { realEnv } from '../core/env.ts'
import { DEAD_LETTERS } from '../core/letter.ts'
import type { PipelineSpec } from '../core/spec.ts'
import { dataFolderHere } from '../kit/data-folder.ts'
import { daemonError } from '../daemon/errors.ts'
import { lettersApp } from '../daemon/letters-app.ts'
import { SILENT } from '../daemon/plain-log.ts'
import { quote } from '../kit/text.ts'
import { LetterStore } from '../overflow/letters/letter-store.ts'
import { announceLetterStore } from '../overflow/letters/open-stores.ts'
import { checked, DEFAULT_ADMIN, openAdmin, type AdminFlags } from './admin-access.ts'
import { load, tellErrors } from './load.ts'

/** Where letters are looked for. */
export interface AccessFlags extends AdminFlags {
  readonly pipeline?: string
  readonly config?: string
  readonly folder?: string
}

/** Asks for what stands under `/api/pipelines/<name>/dead-letters`, of a daemon or of this process. */
export interface LettersAccess {
  /** Whether a pipeline runs behind it. */
  readonly isLive: boolean
  /** @throws what is answered in place of what was asked for, as an error with its code. */
  ask(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

/** What is stored stays, however large the store may be; its own limit is that of the pipeline. */
const LIMIT = 2 ** 40
/** How `letters` says what it alone can have. */
const FOLDER = 'folder '
const LOCK = /^lock[.]\d+$/

/** The config has mistakes, which have been told. */
export class Told extends Error {
  readonly exitCode: number

  constructor(exitCode: number) {
    super()
    this.exitCode = exitCode
  }
}

/** @throws SLUICE_ADMIN_…, SLUICE_LOG_…, Told */
export async function openAccess(flags: AccessFlags): Promise<LettersAccess> {
  if (flags.folder !== undefined) return await accessTo(flags.folder, flags.pipeline ?? 'letters')
  const spec = flags.config === undefined ? undefined : await specOf(flags.config, flags.pipeline)
  const pipeline = flags.pipeline ?? spec?.name
  const live = await liveAccess(flags, pipeline)
  if (live !== undefined) return live
  if (pipeline === undefined) throw nobody()
  return await accessTo(folderOf(pipeline, spec), pipeline)
}

/** @returns undefined where no daemon runs, and none was asked for. */
async function liveAccess(flags: AccessFlags, named: string | undefined): Promise<LettersAccess | undefined> {
  const admin = await openAdmin(flags)
  if (admin === undefined) return undefined
  const { pipelines: names } = admin
  // Another daemon may have the port.
  if (flags.admin === undefined && named !== undefined && !names.includes(named)) return undefined
  const base = pathOf(named ?? (names.length === 1 ? names[0]! : severalOf(names)))
  return { isLive: true, ask: async (path, init) => await admin.ask(`${base}${path}`, init), close: async () => {} }
}

/** A store that was ever opened has a lock; nothing is made in a folder that was named by mistake. */
function isStore(folder: string): boolean {
  return existsSync(folder) && statSync(folder).isDirectory() && readdirSync(folder).some((name) => LOCK.test(name))
}

/** The same answers as those of a daemon, from a store that nobody else has open. */
async function accessTo(folder: string, pipeline: string): Promise<LettersAccess> {
  if (!isStore(folder)) {
    const problem = `there is no store of dead letters at ${quote(folder, 1000)}`
    throw daemonError('SLUICE_ADMIN_NO_LETTERS', problem)
  }
  const store = await LetterStore.open({ folder, limit: LIMIT })
  const retract = announceLetterStore({ pipeline, node: DEAD_LETTERS, store })
  const app = lettersApp({ log: SILENT, env: realEnv, graphOf: () => undefined })
  return {
    isLive: false,
    ask: async (path, init) => await checked(await app.request(`${pathOf(pipeline)}${path}`, init)),
    async close() {
      retract()
      await store.close()
    },
  }
}

/** The pipeline of a file. @throws Told, where the file has mistakes */
export async function specOf(file: string, named: string | undefined): Promise<PipelineSpec> {
  const loaded = await load([file])
  if ('exitCode' in loaded) throw new Told(loaded.exitCode)
  if (loaded.errors.length > 0) throw new Told(tellErrors(loaded.errors))
  const specs = loaded.pipelines.map(({ spec }) => spec)
  const [only] = specs
  if (named === undefined) return specs.length === 1 ? only! : severalOf(specs.map(({ name }) => name))
  return (
    specs.find(({ name }) => name === named) ??
    severalOf(
      specs.map(({ name }) => name),
      named,
    )
  )
}

/** What the consumer `letters` has as its folder; of a pipeline without its file, where that is if the file is here. */
function folderOf(pipeline: string, spec: PipelineSpec | undefined): string {
  if (spec === undefined) return dataFolderHere(pipeline, DEAD_LETTERS)
  const { name, exclusive } = spec.deadLetters?.component ?? {}
  if (exclusive?.startsWith(FOLDER) === true) return exclusive.slice(FOLDER.length)
  const problem = name === undefined ? 'has no `deadLetters`' : `gives them to the consumer ${quote(name)}`
  throw daemonError('SLUICE_ADMIN_NO_LETTERS', `${quote(pipeline)} keeps no dead letters in a store: it ${problem}`)
}

function pathOf(pipeline: string): string {
  return `/api/pipelines/${encodeURIComponent(pipeline)}/dead-letters`
}

function severalOf(names: readonly string[], wrong?: string): never {
  const missing = wrong === undefined ? '' : `there is no pipeline ${quote(wrong)}; `
  const problem = `${missing}say which one with --pipeline: ${names.map((name) => quote(name)).join(', ')}`
  throw daemonError('SLUICE_ADMIN_NO_LETTERS', problem)
}

function nobody(): Error {
  const problem = `no daemon answers at ${DEFAULT_ADMIN}, and no store is named`
  return daemonError('SLUICE_ADMIN_UNREACHABLE', problem)
}
