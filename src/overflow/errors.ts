import { errorOf, SluiceError, type ErrorKind } from '../core/errors.ts'
import { errnoOf } from '../kit/errno.ts'

interface OverflowErrorEntry {
  readonly kind: ErrorKind
  readonly summary: string
  /** What to do about it. */
  readonly hint: string
  /** What a process ends with when this ends its pipeline (sysexits.h); 70 where nothing is said. */
  readonly exitCode?: number
}

/** Every code of what is stored on disk: logs and letters. A code is never used for something else later. */
export const OVERFLOW_ERRORS = {
  SLUICE_LOG_LOCKED: {
    kind: 'place',
    summary: 'another process, or another node, has the folder of a store',
    hint: 'stop the owner that is named, or choose another `folder`; while it runs, ask it through its admin server',
    exitCode: 75,
  },
  SLUICE_LOG_FORBIDDEN: {
    kind: 'place',
    summary: 'this user may not write in the folder of a store',
    hint: 'change the owner or the permissions of the folder and of what is in it, or choose another `folder`',
    exitCode: 77,
  },
  SLUICE_LOG_UNUSABLE: {
    kind: 'place',
    summary: 'the folder of a store cannot be used',
    hint: 'give a folder on a local disk; it is made where there is none',
    exitCode: 73,
  },
  SLUICE_LOG_NEWER: {
    kind: 'place',
    summary: 'a store was written by a newer Sluice',
    hint: 'run the version that wrote it; nothing was changed',
    exitCode: 78,
  },
  SLUICE_LOG_FULL_DISK: {
    kind: 'place',
    summary: 'the disk of a store is full',
    hint: 'make room on the disk, or purge what is stored; what comes meanwhile is not confirmed and stays where it is',
    exitCode: 74,
  },
  SLUICE_LOG_WRITE_FAILED: {
    kind: 'place',
    summary: 'a store cannot be written to',
    hint: 'see the cause; what comes meanwhile is not confirmed and stays where it is',
    exitCode: 74,
  },
  SLUICE_LOG_SYNC_FAILED: {
    kind: 'place',
    summary: 'the disk has not confirmed what was written to a store',
    hint: 'check the disk; what was not confirmed stays where it is',
    exitCode: 74,
  },
  SLUICE_LOG_READ_FAILED: {
    kind: 'place',
    summary: 'a store cannot be read',
    hint: 'check the disk and the permissions of the files; nothing was changed',
    exitCode: 74,
  },
  SLUICE_LOG_CLOSED: {
    kind: 'place',
    summary: 'a store was used after it was closed',
    hint: 'use it while the node that it belongs to runs',
  },
  SLUICE_OVERFLOW_NOT_JSON: {
    kind: 'message',
    summary: 'a message that is to be stored in an overflow cannot be written as JSON',
    hint: 'let the data be plain: nothing that contains itself, and no more than a thousand levels of nesting',
  },
  SLUICE_OVERFLOW_TOO_LARGE: {
    kind: 'message',
    summary: 'a message is larger than the store of an overflow takes',
    hint: 'raise `limit`: a message may take an eighth of it; or send smaller messages',
  },
  SLUICE_OVERFLOW_NEWER: {
    kind: 'place',
    summary: 'messages in an overflow were stored by a newer Sluice',
    hint: 'drain them with the version that stored them; nothing was changed',
    exitCode: 78,
  },
  SLUICE_OVERFLOW_OWNER_LOST: {
    kind: 'place',
    summary: 'another owner has the store of an overflow',
    hint: 'run one daemon per overflow, or wait: what is stored is drained by its owner',
    exitCode: 75,
  },
  SLUICE_OVERFLOW_CLOSED: {
    kind: 'place',
    summary: 'the store of an overflow is closed',
    hint: 'use it while the node that it belongs to runs; what was not confirmed stays where it is',
  },
  SLUICE_OVERFLOW_IN_USE: {
    kind: 'place',
    summary: 'an overflow is drained by another node of this process',
    hint: 'drain it in one place, and share the work behind it with `dispatch: demand`',
    exitCode: 75,
  },
  SLUICE_LETTERS_FULL: {
    kind: 'place',
    summary: 'the store of dead letters is full',
    hint: 'retry or purge letters, or raise `limit`; until then what fails stays unacked, and its node stops asking',
  },
  SLUICE_LETTER_TOO_LARGE: {
    kind: 'message',
    summary: 'a dead letter is larger than a store of this size takes',
    hint: 'raise `limit`: a letter may take an eighth of it',
  },
  SLUICE_LETTER_NOT_JSON: {
    kind: 'message',
    summary: 'a dead letter cannot be written as JSON',
    hint: 'let the data be plain: nothing that contains itself, and no more than a thousand levels of nesting',
  },
  SLUICE_LETTER_INVALID: {
    kind: 'message',
    summary: 'a consumer of letters was given data that is no letter',
    hint: 'name it under `deadLetters`; it stores what failed with its story, and no other messages',
  },
  SLUICE_LETTER_UNKNOWN: {
    kind: 'message',
    summary: 'there is no dead letter with this id',
    hint: 'list the letters; it may have been retried or removed meanwhile',
  },
  SLUICE_LETTER_UNDER_WAY: {
    kind: 'message',
    summary: 'a dead letter is being retried',
    hint: 'wait for the end of its retry, and look again whether it is still there',
  },
  SLUICE_LETTER_DAMAGED: {
    kind: 'place',
    summary: 'the bytes of a dead letter are damaged on disk',
    hint: 'check the disk; remove the letter when you have what you need of it',
  },
} as const satisfies Record<string, OverflowErrorEntry>

export type OverflowErrorCode = keyof typeof OVERFLOW_ERRORS

/** An error with a code of the table, which says whose fault it is. */
export function overflowError(code: OverflowErrorCode, message: string, cause?: unknown): SluiceError {
  return errorOf(OVERFLOW_ERRORS[code].kind, { code, message, cause })
}

/** What a process ends with when this error ends its pipeline; undefined where the table doesn't say. */
export function exitCodeOf(error: unknown): number | undefined {
  if (!(error instanceof SluiceError)) return undefined
  return (OVERFLOW_ERRORS as Readonly<Record<string, OverflowErrorEntry>>)[error.code]?.exitCode
}

const BY_ERRNO: Readonly<Record<string, OverflowErrorCode>> = {
  EACCES: 'SLUICE_LOG_FORBIDDEN',
  EPERM: 'SLUICE_LOG_FORBIDDEN',
  EROFS: 'SLUICE_LOG_FORBIDDEN',
  ENOSPC: 'SLUICE_LOG_FULL_DISK',
  EDQUOT: 'SLUICE_LOG_FULL_DISK',
}

/** What a failed system call means for a store; `otherwise` where the system doesn't say it closer. */
export function systemError(otherwise: OverflowErrorCode, problem: string, cause: unknown): SluiceError {
  if (cause instanceof SluiceError) return cause
  const errno = errnoOf(cause)
  const code = (errno === undefined ? undefined : BY_ERRNO[errno]) ?? otherwise
  return overflowError(code, `${problem} (${errno ?? String(cause)}): ${OVERFLOW_ERRORS[code].summary}`, cause)
}
