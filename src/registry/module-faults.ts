import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asError } from '../core/errors.ts'
import { nearest } from '../kit/nearest.ts'
import { positionAt, printable } from '../kit/text.ts'
import { ModuleError, type ModulePlace } from './module-errors.ts'

/** What users write in TypeScript or JavaScript: plugins, and pipelines. */
export const MODULE_FILE = /\.m?[jt]s$/
/** Of them, those that have to be compiled. */
export const TYPESCRIPT = /\.m?ts$/

const LONGEST_REASON = 300

/** Sluice's own files: what throws there was called by somebody. */
const OWN_FOLDER = fileURLToPath(new URL('..', import.meta.url))

/** What packages of ours a module may import without having installed them. */
const OWN_PACKAGES = ['sluice', 'zod']

/** Codes by which Node says that an import leads nowhere, beside those of a module that is not found. */
const IMPORT_CODES = [
  'ERR_INVALID_MODULE_SPECIFIER',
  'ERR_INVALID_PACKAGE_CONFIG',
  'ERR_INVALID_PACKAGE_TARGET',
  'ERR_PACKAGE_IMPORT_NOT_DEFINED',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'ERR_UNKNOWN_BUILTIN_MODULE',
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_UNSUPPORTED_ESM_URL_SCHEME',
]

/** As Node and jiti say it. */
const NOT_FOUND = /^Cannot find (?:module|package) '([^']+)'(?: imported from ([^\n]+))?/
const NO_SUCH_EXPORT = /does not provide an export named|(?:no|not have an) export named/
/** jiti's own; its columns count from 0. */
const PARSE_ERROR = /^ParseError: ([^\n]*?)\s*\n\s*(.+):(\d+):(\d+)\s*$/
const FRAME = /^\s+at (?:.*\()?(?:async )?((?:file:\/\/)?\/[^()]*?):(\d+):(\d+)\)?$/
/** How jiti writes a call of what was imported. */
const IMPORTED_NAME = /\(0 , [\w$]+\.([\w$]+)\)/g

/** Why a file can't be loaded at all: it isn't there, or isn't a module. */
export async function missingFile(file: string): Promise<ModuleError> {
  const kind = await stat(file).catch(() => undefined)
  const names = await readdir(dirname(file)).catch(() => [])
  const meant = nearest(
    basename(file),
    names.filter((name) => MODULE_FILE.test(name)),
  )
  const details = { file, ...(meant === undefined || kind?.isFile() ? {} : { nearest: meant }) }
  if (kind === undefined) return new ModuleError('SLUICE_MODULE_MISSING', 'there is no such file', details)
  const what = kind.isFile() ? 'this is not a module' : 'this is not a file'
  return new ModuleError('SLUICE_MODULE_MISSING', `${what}: a module ends in .ts, .mts, .js or .mjs`, details)
}

/** Why there is no such package, as it is seen from a folder. */
export function missingPackage(specifier: string, folder: string, error: unknown): ModuleError {
  const { code, message } = asError(error) as NodeJS.ErrnoException
  const isNotInstalled = code === 'MODULE_NOT_FOUND' && !message.includes("'/")
  const reason = isNotInstalled ? `the package is not installed in ${printable(folder, 200)}` : shown(message)
  const meant = MODULE_FILE.test(specifier) ? `./${specifier}` : undefined
  return new ModuleError('SLUICE_MODULE_MISSING', reason, { file: specifier, cause: error, nearest: meant })
}

/** Whether a module wants Sluice, or what it brings, and it isn't installed there. */
export function isOwnMissing(error: unknown): boolean {
  const [, wanted = ''] = NOT_FOUND.exec(asError(error).message) ?? []
  return OWN_PACKAGES.some((name) => wanted === name || wanted.startsWith(`${name}/`))
}

/** Makes of whatever was thrown while a module was loaded what a user can do something with. */
export async function moduleFault(thrown: unknown, entry: string): Promise<ModuleError> {
  const error = asError(thrown)
  return (await importFault(error, entry)) ?? (await syntaxFault(error, entry)) ?? loadFault(thrown, entry)
}

async function importFault(error: NodeJS.ErrnoException, entry: string): Promise<ModuleError | undefined> {
  const { code = '', message } = error
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') return await notFound(error, entry)
  if (!IMPORT_CODES.includes(code) && !(error instanceof SyntaxError && NO_SUCH_EXPORT.test(message))) return undefined
  const place = placeInStack(error, entry) ?? { file: entry }
  return new ModuleError('SLUICE_MODULE_IMPORT', `an import fails: ${shown(message)}`, { ...place, cause: error })
}

async function notFound(error: Error, entry: string): Promise<ModuleError> {
  const [, found = 'a module', importedFrom] = NOT_FOUND.exec(error.message) ?? []
  // What an entry of ours stands for, with a name behind it that there is no entry for.
  const wanted = found.startsWith(OWN_FOLDER) ? found.replace(/^.*\/index\.[jt]s\//, 'sluice/') : found
  const { requireStack = [] } = error as { requireStack?: readonly string[] }
  const importer = importedFrom ?? requireStack[0] ?? entry
  const place = await placeOfImport(importer, wanted)
  const name = wanted.startsWith('/') ? asImported(importer, wanted) : wanted
  const isMissing = isPath(name) || found !== wanted
  const what = isMissing ? 'is not there' : 'is not installed'
  return new ModuleError('SLUICE_MODULE_IMPORT', `it imports \`${printable(name, 200)}\`, which ${what}`, {
    ...place,
    cause: error,
  })
}

async function syntaxFault(error: Error, entry: string): Promise<ModuleError | undefined> {
  const code = 'SLUICE_MODULE_SYNTAX'
  const [, what, file, line, column] = PARSE_ERROR.exec(error.message) ?? []
  if (what !== undefined && file !== undefined) {
    const place = { file, line: Number(line), column: Number(column) + 1 }
    return new ModuleError(code, `syntax error: ${shown(what)}`, { ...place, cause: error })
  }
  // One that has a line of the module in its stack was thrown by it, as by `JSON.parse`.
  if (!(error instanceof SyntaxError) || frameIn(error, entry) !== undefined) return undefined
  const place = placeInStack(error, entry) ?? (await placeOfSyntaxError(entry))
  return new ModuleError(code, `syntax error: ${shown(error.message)}`, { ...place, cause: error })
}

function loadFault(thrown: unknown, entry: string): ModuleError {
  const error = asError(thrown)
  // What isn't an error has no stack: the one that it was given now is ours.
  const place = (error === thrown ? frameIn(error, entry) : undefined) ?? { file: entry }
  const said = shown(error.message.replace(IMPORTED_NAME, '$1')) || error.name
  return new ModuleError('SLUICE_MODULE_THREW', `it throws while it is loaded: ${said}`, { ...place, cause: error })
}

/** The first line of the stack that is of the users' own making. */
function frameIn({ stack = '' }: Error, entry: string): ModulePlace | undefined {
  for (const row of stack.split('\n')) {
    const [, at, line, column] = FRAME.exec(row) ?? []
    if (at === undefined) continue
    const file = at.startsWith('file://') ? fileURLToPath(at.replace(/\?.*$/, '')) : at
    const isLibrary = file.includes('/node_modules/') && file !== entry
    if (isLibrary || file.startsWith(OWN_FOLDER)) continue
    // Compiling keeps lines, and moves what stands in them.
    return { file, line: Number(line), ...(TYPESCRIPT.test(file) ? {} : { column: Number(column) }) }
  }
  return undefined
}

/** Node puts the place of what it can't link before the stack: `file:///a/b.mjs:1`. */
function placeInStack({ stack = '' }: Error, entry: string): ModulePlace | undefined {
  const [, url, line] = /^(file:\/\/\S+):(\d+)\n/.exec(stack) ?? []
  return url === undefined ? frameIn({ stack } as Error, entry) : { file: fileURLToPath(url), line: Number(line) }
}

/** Node keeps the place of a syntax error to itself. */
async function placeOfSyntaxError(file: string): Promise<ModulePlace> {
  const { parse } = await import('acorn')
  try {
    parse(await readFile(file, 'utf8'), { sourceType: 'module', ecmaVersion: 'latest', allowHashBang: true })
  } catch (error) {
    const { loc } = error as { loc?: { line: number; column: number } }
    if (loc !== undefined) return { file, line: loc.line, column: loc.column + 1 }
  }
  return { file }
}

/** Where a file imports something; without a line where it can't be found. */
async function placeOfImport(file: string, wanted: string): Promise<ModulePlace> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const names = wanted.startsWith('/') ? (name: string) => resolve(dirname(file), name) === wanted : undefined
  for (const { 1: name = '', index } of text.matchAll(/['"]([^'"\n]+)['"]/g)) {
    if (name === wanted || names?.(name) === true) return { file, ...positionAt(text, index) }
  }
  return { file }
}

function asImported(importer: string, wanted: string): string {
  const path = relative(dirname(importer), wanted)
  return path.startsWith('.') ? path : `./${path}`
}

function isPath(specifier: string): boolean {
  return /^(?:\.{0,2}\/)/.test(specifier)
}

function shown(message: string): string {
  return printable(message.trim().split('\n')[0]!.trim(), LONGEST_REASON)
}
