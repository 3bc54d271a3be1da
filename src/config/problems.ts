import { printable } from '../kit/text.ts'
import type { ConfigErrorCode } from './errors.ts'

/** A way into the document: keys of maps and indices of lists, from the top. */
export type Path = readonly (string | number)[]

/** A stretch of a file. Lines and columns count from 1, columns in UTF-16 units as editors do; the end is exclusive. */
export interface Span {
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

/** A second place that a problem has to do with. */
export interface RelatedPlace extends Span {
  readonly file: string
  readonly message: string
}

/**
 * One thing that is wrong with a config. Plain data: it may go to an editor as JSON.
 * A problem of the file itself (it is missing, it may not be read) has no line and no column.
 */
export interface Problem extends Partial<Span> {
  readonly code: ConfigErrorCode
  readonly severity: 'error' | 'warning'
  readonly file: string
  /** Where it is in the document; it may end in a key that is missing. */
  readonly path: Path
  /** What is wrong. */
  readonly message: string
  /** What should stand there, in a few words. */
  readonly expected?: string
  /** The known name that was probably meant. */
  readonly nearest?: string
  /** What to do about it, where the message doesn't say it already. */
  readonly hint?: string
  readonly related?: readonly RelatedPlace[]
}

/** A name out of a file, fit for a message. */
export function named(name: string): string {
  return `\`${printable(name, 64)}\``
}

/** `a`, `a or b`, `a, b or c`. */
export function listed(words: readonly string[], conjunction: 'and' | 'or' = 'or'): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`
}

/** The path as people write it: `stages.valid.from[0]`. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : `${text === '' ? '' : '.'}${step}`
  return text
}
