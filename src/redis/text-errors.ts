import { errorOf, type SluiceError, type ErrorKind } from '../core/errors.ts'

interface TextErrorEntry {
  readonly kind: ErrorKind
  readonly summary: string
  /** What to do about it. */
  readonly hint: string
}

/** Every code of what reads and writes texts of others. A code is never used for something else later. */
export const TEXT_ERRORS = {
  SLUICE_LIST_ENTRY_INVALID: {
    kind: 'message',
    summary: 'an entry of a list cannot be read',
    hint: 'let whoever writes it write JSON in UTF-8, or read it as it is with `format: text`',
  },
  SLUICE_PUBSUB_MESSAGE_INVALID: {
    kind: 'message',
    summary: 'what was published cannot be read',
    hint: 'let whoever publishes write JSON in UTF-8, or read it as it is with `format: text`',
  },
  SLUICE_PUBSUB_FULL: {
    kind: 'place',
    summary: 'more was published than the queue takes',
    hint: 'make `queue` larger, or let `whenFull` drop what is too much',
  },
  SLUICE_PUBSUB_CHANNEL_INVALID: {
    kind: 'message',
    summary: 'a message has no channel',
    hint: 'let `to` give a text that is not empty',
  },
} as const satisfies Record<string, TextErrorEntry>

export type TextErrorCode = keyof typeof TEXT_ERRORS

/** An error with a code of the table. */
export function textError(code: TextErrorCode, message: string, cause?: unknown): SluiceError {
  return errorOf(TEXT_ERRORS[code].kind, { code, message, cause })
}
