import { errorOf, type ErrorKind, type SluiceError } from '../core/errors.ts'

interface ErrorEntry {
  readonly kind: ErrorKind
  readonly summary: string
  /** What to do about it. */
  readonly hint: string
}

/** Every code of kit. A code is never used for something else later. */
export const KIT_ERRORS = {
  SLUICE_EXPRESSION_INVALID: {
    kind: 'place',
    summary: 'an expression cannot be compiled',
    hint: 'see the message: it names the place in the expression and what is allowed there',
  },
  SLUICE_EXPRESSION_FAILED: {
    kind: 'message',
    summary: 'an expression could not be computed for a message',
    hint: 'test the type first, as in `typeof data.total === "number" && data.total > 0`',
  },
  SLUICE_UNIT_INVALID: {
    kind: 'place',
    summary: 'a duration or a size is not written as a number and a unit',
    hint: 'write durations as "200ms", "1.5s", "1m", "1h" or "2d", and sizes as "512B", "64KiB", "1MB" or "10GiB"',
  },
  SLUICE_INPUT_NOT_UTF8: {
    kind: 'message',
    summary: 'the input is not text in UTF-8',
    hint: 'send text encoded as UTF-8',
  },
  SLUICE_INPUT_NOT_JSON: {
    kind: 'message',
    summary: 'the input is not JSON',
    hint: 'see the message: it names the line and the column, and what is expected there',
  },
  SLUICE_INPUT_TOO_DEEP: {
    kind: 'message',
    summary: 'the input is nested deeper than is allowed',
    hint: 'flatten it, or raise `limits.depth` of the producer',
  },
  SLUICE_INPUT_TOO_MANY_KEYS: {
    kind: 'message',
    summary: 'an object of the input has more keys than are allowed',
    hint: 'use an array where the keys are data, or raise `limits.keys` of the producer',
  },
  SLUICE_INPUT_TOO_MANY_ELEMENTS: {
    kind: 'message',
    summary: 'an array of the input has more elements than are allowed',
    hint: 'send several messages, or raise `limits.elements` of the producer',
  },
  SLUICE_INPUT_KEY_TOO_LONG: {
    kind: 'message',
    summary: 'an object of the input has a key that is longer than is allowed',
    hint: 'put long texts into values, or raise `limits.keyLength` of the producer',
  },
  SLUICE_INPUT_NUMBER_INEXACT: {
    kind: 'message',
    summary: 'a number of the input cannot be kept exactly',
    hint: 'send integers beyond 9007199254740991 and numbers beyond 1.7e308 as texts',
  },
  SLUICE_INPUT_NOT_CSV: {
    kind: 'message',
    summary: 'a record of the input is not CSV, or has another number of fields than the header',
    hint: 'put fields with a quote, a delimiter or a line feed in quotes, and write a quote in them twice',
  },
  SLUICE_INPUT_LINE_TOO_LONG: {
    kind: 'message',
    summary: 'a line of the input is longer than is allowed',
    hint: 'end each record with a line feed, or raise `maxLine` of the producer',
  },
} as const satisfies Record<string, ErrorEntry>

export type KitErrorCode = keyof typeof KIT_ERRORS

/** An error with a code of the table, which says whose fault it is. */
export function kitError(code: KitErrorCode, message: string, cause?: unknown): SluiceError {
  return errorOf(KIT_ERRORS[code].kind, { code, message, cause })
}
