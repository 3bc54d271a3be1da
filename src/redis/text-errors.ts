import { errorOf, SluiceError, type ErrorKind } from '../core/errors.ts'

interface TextErrorEntry {
  readonly kind: ErrorKind
  readonly summary: string
  /** What to do about it. */
  readonly hint: string
  /** What a process ends with when this ends its pipeline (sysexits.h); 70 where nothing is said. */
  readonly exitCode?: number
}

/** Every code of what reads and writes texts of others: lists, and what is published. A code is never used for something else later. */
export const TEXT_ERRORS = {
  SLUICE_LIST_ENTRY_INVALID: {
    kind: 'message',
    summary: 'an entry of a list cannot be read',
    hint: 'let whoever writes it write JSON in UTF-8, or read it as it is with `format: text`',
  },
} as const satisfies Record<string, TextErrorEntry>

export type TextErrorCode = keyof typeof TEXT_ERRORS

/** An error with a code of the table. */
export function textError(code: TextErrorCode, message: string, cause?: unknown): SluiceError {
  return errorOf(TEXT_ERRORS[code].kind, { code, message, cause })
}

/** What a process ends with when this error ends its pipeline; undefined where the table doesn't say. */
export function exitCodeOf(error: unknown): number | undefined {
  if (!(error instanceof SluiceError)) return undefined
  return (TEXT_ERRORS as Readonly<Record<string, TextErrorEntry>>)[error.code]?.exitCode
}
