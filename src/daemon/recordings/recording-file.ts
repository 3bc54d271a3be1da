import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { asError } from '../../core/errors.ts'
import type { Recording } from '../../core/recording.ts'
import { errnoOf } from '../../kit/errno.ts'
import { findJsonFault } from '../../kit/json-fault.ts'
import { positionAt, quote } from '../../kit/text.ts'
import { utf8Text } from '../../kit/utf8.ts'
import { daemonError } from '../errors.ts'
import { parseRecording, type ReadRecording } from './parse-recording.ts'

const LONGEST_PATH = 1000
const READ_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "can't be read: there is no such file",
  EISDIR: "can't be read: it is a folder, and a recording is one of the files in it",
  EACCES: "can't be read: this user may not read it",
}
/** What compressed files begin with. */
const GZIP = [0x1f, 0x8b]
/** How the name of a file with a recording ends: when it was taken, and why. */
const NAME_END = /-(\d{8}T\d{9}Z)-(\w+)\.json$/

/** As much of a recording as the name of its file is made of. */
type Named = Pick<Recording, 'pipeline' | 'at' | 'reason'>

/** When a file of this name was taken, in a form that sorts by time, and why; undefined where it holds no recording. */
export function takenAt(name: string): { readonly at: string; readonly why: string } | undefined {
  const [, at, why] = NAME_END.exec(name) ?? []
  return at === undefined || why === undefined ? undefined : { at, why }
}

/** `payments-20260131T120000123Z-stall.json` */
function nameOf({ pipeline, at, reason }: Named): string {
  const when = new Date(at).toISOString().replaceAll(/[-:.]/g, '')
  const why = /^\w+/.exec(reason)?.[0] ?? 'dump'
  return `${pipeline.replaceAll(/[^\w-]/g, '_')}-${when}-${why}.json`
}

export function recordingJson(recording: Named): string {
  return `${JSON.stringify(recording)}\n`
}

/**
 * Writes a recording into a folder, which is made where there is none; whole or not at all.
 *
 * @returns its path
 * @throws SLUICE_RECORDING_UNWRITABLE
 */
export function writeRecording(recording: Named, folder: string): string {
  const path = join(folder, nameOf(recording))
  const unfinished = `${path}.${process.pid}`
  try {
    makeFolder(resolve(folder))
    writeFileSync(unfinished, recordingJson(recording), { mode: 0o600 })
    renameSync(unfinished, path)
    return path
  } catch (error) {
    remove(unfinished)
    const problem = `${quote(resolve(folder), LONGEST_PATH)} can't be written to: ${asError(error).message}`
    throw daemonError('SLUICE_RECORDING_UNWRITABLE', problem, error)
  }
}

/** With its parents. Asked to do that itself, Node.js never comes back where a parent takes no folders, as /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    const code = errnoOf(error)
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error
    makeFolder(dirname(path))
    mkdirSync(path)
  }
}

/** Removes what may be gone already, as far as that is possible. */
export function remove(...path: readonly string[]): void {
  try {
    rmSync(join(...path), { force: true })
  } catch {
    // What can't be removed stays.
  }
}

/** @throws SLUICE_RECORDING_UNREADABLE, SLUICE_RECORDING_INVALID */
export function readRecording(path: string): ReadRecording {
  const shown = quote(path, LONGEST_PATH)
  const parsed = parseRecording(jsonIn(textIn(path, shown), shown))
  if (parsed.recording !== undefined) return parsed.recording
  throw daemonError('SLUICE_RECORDING_INVALID', `${shown} is no recording: ${parsed.problem}`)
}

function textIn(path: string, shown: string): string {
  const bytes = bytesOf(path, shown)
  const text = utf8Text(bytes)
  if (text !== undefined && text.trim() !== '') return text
  const problem = text === undefined ? noText(bytes) : 'is empty'
  throw daemonError('SLUICE_RECORDING_INVALID', `${shown} ${problem}`)
}

function bytesOf(path: string, shown: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const problem = READ_PROBLEMS[errnoOf(error) ?? ''] ?? `can't be read: ${asError(error).message}`
    throw daemonError('SLUICE_RECORDING_UNREADABLE', `${shown} ${problem}`, error)
  }
}

function noText(bytes: Buffer): string {
  const isPacked = GZIP.every((byte, index) => bytes[index] === byte)
  return isPacked ? 'is compressed: unpack it first, with gunzip' : 'is no text, and so no recording'
}

function jsonIn(text: string, shown: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw daemonError('SLUICE_RECORDING_INVALID', `${shown} ${jsonProblem(text.trim())}`)
  }
}

function jsonProblem(text: string): string {
  const { offset, problem } = findJsonFault(text) ?? { offset: text.length, problem: '' }
  const isCut = offset >= text.length || (text.startsWith('{') && !text.endsWith('}'))
  if (isCut) return 'ends in the middle: it has been cut off'
  const { line, column } = positionAt(text, offset)
  return `is not JSON, at line ${line}, column ${column}: ${problem}`
}
