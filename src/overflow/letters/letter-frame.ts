import { asError } from '../../core/errors.ts'
import type { Letter } from '../../core/letter.ts'
import { printable, quote } from '../../kit/text.ts'
import { overflowError } from '../errors.ts'
import { readMarkedJson, writeMarkedJson } from '../marked-json.ts'

/** A letter as the store has it. */
export interface StoredLetter {
  readonly letter: Letter
  /** When its data was replaced, ms since 1970; undefined where it is as it failed. */
  readonly editedAt: number | undefined
}

/** What a list says of a letter: the first line of its frame, so that a store is opened without reading the rest. */
export interface LetterSummary {
  readonly id: string
  readonly pipeline: string
  readonly node: string
  /** Of its error. */
  readonly code: string | undefined
  /** The beginning of its error's. */
  readonly message: string
  readonly attempts: number
  readonly firstFailedAt: number
  readonly failedAt: number
  readonly editedAt: number | undefined
}

/** A letter in a list. */
export interface ListedLetter extends Partial<LetterSummary> {
  readonly id: string
  readonly node: string
  readonly code: string | undefined
  readonly failedAt: number
  /** Whether it is being retried. */
  readonly isUnderWay: boolean
  /** Whether its bytes can't be read any more. */
  readonly isDamaged: boolean
}

/** Numbers of removed letters, from one on up to another, by the sequence of the segment that they are in. */
export type Marks = Readonly<Record<string, readonly (readonly [from: number, to: number])[]>>

/** What a frame of the store is; undefined where it is something that this version doesn't know. */
export type StoreRecord = { readonly summary: LetterSummary } | { readonly removed: Marks } | undefined

const LINE_FEED = 0x0a
const LONGEST_MESSAGE = 300

/** A letter, ready to be stored. */
export interface Draft {
  readonly summary: LetterSummary
  /** A line with the summary, and a line with the letter, both JSON. */
  readonly payload: Buffer
}

/** @throws SLUICE_LETTER_NOT_JSON */
export function draftOf({ letter, editedAt }: StoredLetter): Draft {
  const { id, pipeline, node, error, attempts, firstFailedAt, failedAt } = letter
  const message = printable(error.message, LONGEST_MESSAGE)
  const summary = { id, pipeline, node, code: error.code, message, attempts, firstFailedAt, failedAt, editedAt }
  try {
    return { summary, payload: Buffer.from(`${JSON.stringify(summary)}\n${writeMarkedJson(letter)}`) }
  } catch (cause) {
    // The first line: V8 draws a picture of a cycle below it.
    const [reason] = asError(cause).message.split('\n')
    const problem = `the letter of ${quote(id)} cannot be written as JSON: ${reason}`
    throw overflowError('SLUICE_LETTER_NOT_JSON', problem, cause)
  }
}

export function marksFrame(removed: Marks): Buffer {
  return Buffer.from(JSON.stringify({ removed }))
}

export function recordIn(payload: Buffer): StoreRecord {
  const end = payload.indexOf(LINE_FEED)
  const line = JSON.parse(payload.toString('utf8', 0, end === -1 ? payload.length : end)) as Readonly<
    Record<string, unknown>
  >
  if (end !== -1 && typeof line['id'] === 'string')
    return { summary: { editedAt: undefined, ...line } as LetterSummary }
  return typeof line['removed'] === 'object' ? { removed: line['removed'] as Marks } : undefined
}

/** The JSON of the letter in a frame. */
export function lineIn(payload: Buffer): string {
  return payload.toString('utf8', payload.indexOf(LINE_FEED) + 1)
}

export function letterIn(payload: Buffer): StoredLetter {
  const record = recordIn(payload)
  const letter = { ...NOTHING, ...(readMarkedJson(lineIn(payload)) as Letter) }
  return { letter, editedAt: record !== undefined && 'summary' in record ? record.summary.editedAt : undefined }
}

/** What JSON leaves out. */
const NOTHING = { data: undefined, key: undefined, deadline: undefined, original: undefined }
