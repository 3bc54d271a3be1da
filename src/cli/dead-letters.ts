import { text } from 'node:stream/consumers'
import { asError } from '../core/errors.ts'
import type { Letter } from '../core/letter.ts'
import { EXIT } from '../daemon/exit-codes.ts'
import { daemonError } from '../daemon/errors.ts'
import { quote } from '../kit/text.ts'
import { overflowError } from '../overflow/errors.ts'
import { exit } from './end.ts'
import { placeFor, toFile, toOutput } from './export-file.ts'
import { letterText, retryText, tableOf, type ListAnswer, type RetryAnswer } from './letters-text.ts'
import { openAccess, Told, type AccessFlags, type LettersAccess } from './letters-access.ts'
import { print, printError } from './print.ts'
import { told } from './told.ts'

/** What the commands of dead letters may be given. */
export interface LetterFlags extends AccessFlags {
  readonly node?: string
  readonly code?: string
  readonly text?: string
  readonly since?: number
  readonly before?: number
  readonly count?: number
  readonly after?: string
  readonly oldest?: boolean
  readonly json?: boolean
  readonly all?: boolean
  readonly yes?: boolean
  readonly output?: string
  readonly force?: boolean
}

/** What means something else in a path; in an id is a colon. */
const NO_IDS: readonly string[] = ['', '.', '..', 'export', 'purge', 'retry']
const FILTERS = ['node', 'code', 'text', 'since', 'before'] as const

/** All that anybody writes by hand is the data of a letter. */
const DATA_HINT = 'give the data as JSON, in quotes of the shell, or on standard input'
/** Letters are there also while no daemon runs. */
const STORE_HINT =
  'name that of the daemon with --admin; where none runs, open a store with --config, --folder or --pipeline'
const HINTS: Readonly<Record<string, string>> = {
  SLUICE_ADMIN_BODY_INVALID: DATA_HINT,
  SLUICE_ADMIN_UNREACHABLE: STORE_HINT,
}

const EXIT_CODES: Readonly<Record<string, number>> = {
  SLUICE_LETTER_UNKNOWN: EXIT.noInput,
  SLUICE_ADMIN_NO_LETTERS: EXIT.noInput,
  SLUICE_LETTER_UNDER_WAY: EXIT.tryAgain,
  SLUICE_LETTER_TOO_LARGE: EXIT.data,
  SLUICE_LETTER_NOT_JSON: EXIT.data,
  SLUICE_ADMIN_BODY_INVALID: EXIT.data,
  SLUICE_ADMIN_BODY_TOO_LARGE: EXIT.data,
  SLUICE_ADMIN_QUERY_INVALID: EXIT.usage,
  SLUICE_ADMIN_UNREACHABLE: EXIT.unavailable,
  SLUICE_RETRY_REFUSED: EXIT.unavailable,
}

export async function list(flags: LetterFlags): Promise<never> {
  return await withLetters(flags, async ({ ask }) => {
    const { count, after, oldest, json } = flags
    const query = queryOf({ ...filterOf(flags), count, after, order: oldest === true ? 'oldest' : 'newest' })
    const answer = (await (await ask(query)).json()) as ListAnswer
    print(json === true ? `${JSON.stringify(answer, undefined, 2)}\n` : tableOf(answer))
    return EXIT.fine
  })
}

export async function show(id: string, flags: LetterFlags): Promise<never> {
  return await withLetters(flags, async ({ ask }) => {
    const answer = (await (await ask(pathOf(id))).json()) as { letter: Letter; editedAt?: number }
    print(flags.json === true ? `${JSON.stringify(answer, undefined, 2)}\n` : letterText(answer))
    return EXIT.fine
  })
}

export async function edit(
  { id, data }: { readonly id: string; readonly data: string | undefined },
  flags: LetterFlags,
): Promise<never> {
  return await withLetters(flags, async ({ ask }) => {
    await ask(pathOf(id), { method: 'PUT', body: data ?? (await text(process.stdin)) })
    print(`${id} has other data now\n`)
    return EXIT.fine
  })
}

export async function purge(ids: readonly string[], flags: LetterFlags): Promise<never> {
  return await withLetters(flags, async ({ ask }) => {
    if (ids.length > 0 && !isUnfiltered(flags)) return wantsLess('purge')
    if (ids.length === 0 && isUnfiltered(flags) && flags.yes !== true) return wantsMore('purge', '--yes')
    const body = ids.length > 0 ? { ids } : { filter: filterOf(flags) }
    const { purged } = (await (await ask('/purge', post(body))).json()) as { purged: number }
    const missing = Math.max(0, ids.length - purged)
    const rest = missing === 0 ? '' : `, ${missing} not there`
    print(`${purged} ${purged === 1 ? 'letter' : 'letters'} removed${rest}\n`)
    return missing > 0 ? EXIT.noInput : EXIT.fine
  })
}

export async function exportAll(flags: LetterFlags): Promise<never> {
  return await withLetters(flags, async ({ ask }) => {
    const { output, force } = flags
    const place = output === undefined ? undefined : placeFor(output, force)
    const { body } = await ask(`/export${queryOf(filterOf(flags))}`)
    const lines = body as AsyncIterable<Uint8Array>
    await (place === undefined ? toOutput(lines) : toFile(lines, place))
    return EXIT.fine
  })
}

export async function retry(ids: readonly string[], flags: LetterFlags): Promise<never> {
  return await withLetters(flags, async ({ isLive, ask }) => {
    if (ids.length > 0 && !isUnfiltered(flags)) return wantsLess('retry')
    if (ids.length === 0 && isUnfiltered(flags) && flags.all !== true) return wantsMore('retry', '--all')
    if (!isLive)
      throw daemonError('SLUICE_RETRY_REFUSED', 'the pipeline does not run: a retry puts letters back into it')
    let isGood = true
    let after: string | undefined
    do {
      const body = ids.length > 0 ? { ids } : { filter: filterOf(flags), after }
      const answer = (await (await ask('/retry', post(body))).json()) as RetryAnswer
      print(retryText(answer))
      isGood &&= answer.failedAgain + answer.left + answer.skipped + answer.unknown.length === 0
      after = answer.next
    } while (after !== undefined)
    return isGood ? EXIT.fine : EXIT.data
  })
}

/** Runs an action where the letters are. Never returns: a plugin of the config may have left something open. */
async function withLetters(flags: LetterFlags, action: (access: LettersAccess) => Promise<number>): Promise<never> {
  let access: LettersAccess | undefined
  let code: number
  try {
    access = await openAccess(flags)
    code = await action(access)
  } catch (error) {
    code = error instanceof Told ? error.exitCode : told(asError(error), { hints: HINTS, exitCodes: EXIT_CODES })
  } finally {
    await access?.close()
  }
  return await exit(code)
}

function wantsMore(verb: string, flag: string): number {
  printError(`sluice: ${verb} which letters? Give ids or a filter, or ${flag} for all of them\n`)
  return EXIT.usage
}

function wantsLess(verb: string): number {
  printError(`sluice: ${verb} which letters? Give ids or a filter, not both\n`)
  return EXIT.usage
}

function filterOf(flags: LetterFlags) {
  return Object.fromEntries(FILTERS.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])))
}

function isUnfiltered(flags: LetterFlags): boolean {
  return FILTERS.every((name) => flags[name] === undefined)
}

function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value))
  return query.size === 0 ? '' : `?${query.toString()}`
}

/** @throws SLUICE_LETTER_UNKNOWN where the path would be another one than that of a letter */
function pathOf(id: string): string {
  if (NO_IDS.includes(id)) throw overflowError('SLUICE_LETTER_UNKNOWN', `there is no letter of ${quote(id)}`)
  return `/${encodeURIComponent(id)}`
}

function post(body: unknown): RequestInit {
  return { method: 'POST', body: JSON.stringify(body) }
}
