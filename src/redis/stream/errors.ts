import { errorOf, SluiceError, type ErrorKind } from '../../core/errors.ts'

interface StreamErrorEntry {
  readonly kind: ErrorKind
  readonly summary: string
  /** What to do about it. */
  readonly hint: string
  /** What a process ends with when this ends its pipeline (sysexits.h); 70 where nothing is said. */
  readonly exitCode?: number
}

/** Every code of what reads and writes streams of others. A code is never used for something else later. */
export const STREAM_ERRORS = {
  SLUICE_STREAM_GROUP_MISSING: {
    kind: 'place',
    summary: 'the stream has no such consumer group, or there is no such stream',
    hint: 'create it, with `XGROUP CREATE <stream> <group> $ MKSTREAM`, or set `create: true`',
    exitCode: 78,
  },
  SLUICE_STREAM_ENTRY_INVALID: {
    kind: 'message',
    summary: 'an entry of a stream is not as it is expected',
    hint: 'let whoever writes it have a field `data` with JSON in UTF-8, or read whole entries with `fields: entry`',
  },
} as const satisfies Record<string, StreamErrorEntry>

export type StreamErrorCode = keyof typeof STREAM_ERRORS

/** An error with a code of the table. */
export function streamError(code: StreamErrorCode, message: string, cause?: unknown): SluiceError {
  return errorOf(STREAM_ERRORS[code].kind, { code, message, cause })
}

/** What a process ends with when this error ends its pipeline; undefined where the table doesn't say. */
export function exitCodeOf(error: unknown): number | undefined {
  if (!(error instanceof SluiceError)) return undefined
  return (STREAM_ERRORS as Readonly<Record<string, StreamErrorEntry>>)[error.code]?.exitCode
}

/** What a server says where a group, or the stream with it, is not there, or ends while it is being waited at. */
const GROUP_GONE = /^NOGROUP|^UNBLOCKED the stream key no longer exists|consumer group.* no longer exists/

export function isGroupGone(error: unknown): boolean {
  return error instanceof SluiceError && error.cause instanceof Error && GROUP_GONE.test(error.cause.message)
}
