import { errorOf, SluiceError, type ErrorKind } from '../../core/errors.ts'

interface GroupErrorEntry {
  readonly kind: ErrorKind
  readonly summary: string
  /** What to do about it. */
  readonly hint: string
  /** What a process ends with that can't go on because of it (sysexits.h). */
  readonly exitCode: number
}

/** Every code of groups. A code is never used for something else later. */
export const GROUP_ERRORS = {
  SLUICE_GROUP_NAME_TAKEN: {
    kind: 'place',
    summary: 'another process is in the group under this name',
    hint: 'give each process a `member` of its own, and the same one whenever it starts; a name is free again when its process has left, or has died and its `ttl` has passed',
    exitCode: 75,
  },
  SLUICE_GROUP_NOT_CONFIRMED: {
    kind: 'place',
    summary: 'a broadcast was not confirmed in time; whether members get it is unknown',
    hint: 'see the cause; broadcast it again where it does no harm that members get it twice',
    exitCode: 69,
  },
  SLUICE_GROUP_DATA_INVALID: {
    kind: 'message',
    summary: 'what is broadcast cannot be written as JSON, or is larger than 1 MiB',
    hint: 'broadcast what JSON can say, and only the key of what is large',
    exitCode: 65,
  },
  SLUICE_GROUP_OPTIONS_INVALID: {
    kind: 'place',
    summary: 'the options of `joinGroup` are not as they should be',
    hint: 'see the message: it names the option and what is expected',
    exitCode: 78,
  },
  SLUICE_GROUP_LEFT: {
    kind: 'place',
    summary: 'a group was used after it was left',
    hint: 'join it again with `joinGroup`',
    exitCode: 70,
  },
} as const satisfies Record<string, GroupErrorEntry>

export type GroupErrorCode = keyof typeof GROUP_ERRORS

/** An error with a code of the table; by default with its summary. */
export function groupError(
  code: GroupErrorCode,
  message: string = GROUP_ERRORS[code].summary,
  cause?: unknown,
): SluiceError {
  return errorOf(GROUP_ERRORS[code].kind, { code, message, cause })
}

/** What a process ends with because of such an error; undefined where the table doesn't say. */
export function exitCodeOf(error: unknown): number | undefined {
  if (!(error instanceof SluiceError)) return undefined
  return (GROUP_ERRORS as Readonly<Record<string, GroupErrorEntry>>)[error.code]?.exitCode
}
