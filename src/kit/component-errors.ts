import { errorOf, SluiceError, type ErrorKind } from '../core/errors.ts'
import { REQUEST_ERRORS } from './http-client/errors.ts'
import { READING_ERRORS } from './reading/errors.ts'

interface ComponentErrorEntry {
  readonly kind: ErrorKind
  readonly summary: string
  /** What to do about it. */
  readonly hint: string
  /** What a process ends with when this ends its pipeline (sysexits.h); 70 where nothing is said. */
  readonly exitCode?: number
}

/** Every code of the built-in components. A code is never used for something else later. */
export const COMPONENT_ERRORS = {
  ...READING_ERRORS,
  SLUICE_LISTEN_PORT_IN_USE: {
    kind: 'place',
    summary: 'something else listens on the port',
    hint: 'stop the other process, or choose another `port`',
    exitCode: 71,
  },
  SLUICE_LISTEN_FORBIDDEN: {
    kind: 'place',
    summary: 'this user may not listen on the port',
    hint: 'choose a port from 1024 on',
    exitCode: 77,
  },
  SLUICE_LISTEN_FAILED: {
    kind: 'place',
    summary: 'the address cannot be listened on',
    hint: 'give an address of this machine as `host`',
    exitCode: 71,
  },
  SLUICE_STDIN_FAILED: {
    kind: 'message', // Reading on fails again: it is not to be waited for.
    summary: 'standard input cannot be read',
    hint: 'see the cause; a folder or a closed descriptor cannot be read from',
    exitCode: 66,
  },
  SLUICE_STDOUT_CLOSED: {
    kind: 'place',
    summary: 'whoever read standard output has closed it',
    hint: 'nothing, if the reader had enough, as `head` has',
    // The reader decided how much it wants: for a filter in a shell this is a good end.
    exitCode: 0,
  },
  SLUICE_STDOUT_FAILED: {
    kind: 'place',
    summary: 'standard output cannot be written to',
    hint: 'see the cause; where the output goes to a file, its disk may be full',
    exitCode: 74,
  },
  SLUICE_FILE_FORBIDDEN: {
    kind: 'place',
    summary: 'this user may not write the file',
    hint: 'change the permissions of the file or of its folder, or choose another `path`',
    exitCode: 77,
  },
  SLUICE_FILE_UNUSABLE: {
    kind: 'place',
    summary: 'the file cannot be opened for appending',
    hint: 'give the path of a regular file in a folder that exists',
    exitCode: 73,
  },
  SLUICE_FILE_FULL: {
    kind: 'place',
    summary: 'the disk of the file is full',
    hint: 'make room; what comes meanwhile fails and can be sent again',
    exitCode: 74,
  },
  SLUICE_FILE_WRITE_FAILED: {
    kind: 'place',
    summary: 'the file cannot be written to',
    hint: 'see the cause; what comes meanwhile fails and can be sent again',
    exitCode: 74,
  },
  SLUICE_FILE_SYNC_FAILED: {
    kind: 'place',
    summary: 'the disk has not confirmed what was written',
    hint: 'check the disk; what was not confirmed was taken out of the file and can be sent again',
    exitCode: 74,
  },
  SLUICE_FILE_MOVED: {
    kind: 'place',
    summary: 'the file was renamed, removed or emptied while it was written to',
    hint: 'nothing, if it was rotated: what was not confirmed can be sent again, and goes to the file at the path',
    exitCode: 74,
  },
  SLUICE_FILE_ROTATE_FAILED: {
    kind: 'place',
    summary: 'the file could not be renamed when it was to be rotated',
    hint: 'see the cause; whoever writes a file that is rotated must be allowed to write its folder too',
    exitCode: 74,
  },
  SLUICE_FILE_PATH_INVALID: {
    kind: 'message',
    summary: 'the path that an expression gave for a message is none below its root',
    hint: 'let `to` give a relative path without `..` and symbolic links; let a `map` take `/` out of data that becomes one name',
  },
  SLUICE_ITERABLE_FAILED: {
    kind: 'message', // An iterator that has thrown is at its end.
    summary: 'an iterator threw, rejected, or is none',
    hint: 'see the cause; let the iterator end where there is nothing more, and the function give something to iterate',
  },
  SLUICE_ITERABLE_USED: {
    kind: 'message', // Another call is told the same.
    summary: 'an iterator that has values for one run was given to another one',
    hint: 'give a function that makes one, as `iterable(() => rows())`, or a generator function itself',
  },
  SLUICE_QUEUE_NOT_STARTED: {
    kind: 'place',
    summary: 'the pipeline that a queue feeds has not started',
    hint: 'wait until `start` has resolved before you give messages to the queue',
  },
  SLUICE_QUEUE_ENDED: {
    kind: 'place',
    summary: 'something was given to a queue after its `end`',
    hint: 'call `end` when nothing more will come',
  },
  SLUICE_QUEUE_STOPPED: {
    kind: 'place',
    summary: 'the pipeline that a queue feeds is stopping or has stopped',
    hint: 'give it again after the next start; stop what feeds the queue before you stop the pipeline',
  },
  SLUICE_QUEUE_IN_USE: {
    kind: 'place',
    summary: 'a queue feeds another pipeline, or another node, that runs',
    hint: 'make a queue for each of them',
  },
  SLUICE_QUEUE_FULL: {
    kind: 'place',
    summary: 'a queue is full, and as many pushes wait for room as are allowed to',
    hint: 'await each `push` before the next one; where many places push at once, raise `waiting`, or use `offer`',
  },
  SLUICE_QUEUE_TOO_LARGE: {
    kind: 'message',
    summary: 'a message is larger than all the room that there will ever be for it',
    hint: 'raise `queue.bytes` of the queue, or `maxUnacked` of its node, or give smaller messages',
  },
  SLUICE_OBSERVABLE_FAILED: {
    kind: 'message', // An observable that has failed is at its end.
    summary: 'an observable emitted an error, threw when it was subscribed to, or is none',
    hint: 'see the cause; handle errors in the observable, by `catchError` or `retry` of RxJS, where it can go on',
  },
  SLUICE_OBSERVABLE_FULL: {
    kind: 'message', // Waiting does not bring back what there was no room for.
    summary: 'an observable emitted more than its queue has room for, and `whenFull` says that this is an error',
    hint: 'raise `queue` or `maxUnacked`, drop by `whenFull: drop-oldest`, or store what comes by `overflow` and `durable`',
  },
  SLUICE_OBSERVABLE_NOT_DURABLE: {
    kind: 'message',
    summary: 'an observable is to overflow into a store, and its node has none',
    hint: 'set `durable: true` beside it, which says that what comes is stored, or choose another `whenFull`',
  },
  SLUICE_OBSERVABLE_IN_USE: {
    kind: 'place',
    summary: 'an observable is given to by another pipeline, or another node, that runs',
    hint: 'make one by `observable()` for each of them',
  },
  SLUICE_RX_MISSING: {
    kind: 'message', // It is not to be waited for.
    summary: 'a pipeline has the stage `rx`, and RxJS cannot be loaded',
    hint: 'install it beside Sluice: `npm install rxjs@7`',
  },
  SLUICE_RX_OUTPUT: {
    kind: 'message',
    summary: 'the observable of an `rx` gave what is no message, or a message that it has no more',
    hint: 'change messages by `message.with(data)`, make one of several by `derive`, give each once; for `keep` see its docs',
  },
  SLUICE_RX_COMPLETED: {
    kind: 'message',
    summary: 'a message came to an `rx` whose observable has completed',
    hint: 'where operators such as `take` complete on purpose, say `whenCompleted: drop`',
  },
  SLUICE_BULLMQ_MISSING: {
    kind: 'message', // It is not to be waited for.
    summary: 'a pipeline has a node `bullmq`, and BullMQ cannot be loaded',
    hint: 'install it beside Sluice: `npm install bullmq@6`',
  },
  SLUICE_BULLMQ_JOB_INVALID: {
    kind: 'message',
    summary: 'no job can be made of a message with these options',
    hint: 'see the message; a job id is a text without ":" that is no integer',
  },
  SLUICE_PROGRESS_INVALID: {
    kind: 'message',
    summary: 'what was computed as the progress of a job is none',
    hint: 'let the expression give a number, a text, a boolean or an object',
  },
  SLUICE_FILTER_REJECTED: {
    kind: 'message',
    summary: 'a message does not meet the condition of a filter',
    hint: 'see the message: it names the filter and its condition',
  },
  SLUICE_OUTPUT_NOT_JSON: {
    kind: 'message',
    summary: 'the data of a message cannot be written as JSON',
    hint: 'let a `map` before it make plain data: no BigInt, no function, no NaN or Infinity, nothing that contains itself',
  },
  ...REQUEST_ERRORS,
} as const satisfies Record<string, ComponentErrorEntry>

export type ComponentErrorCode = keyof typeof COMPONENT_ERRORS

/** An error with a code of the table, which says whose fault it is. */
export function componentError(code: ComponentErrorCode, message: string, cause?: unknown): SluiceError {
  return errorOf(COMPONENT_ERRORS[code].kind, { code, message, cause })
}

/** What a process ends with when this error ends its pipeline; undefined where the error says nothing about that. */
export function exitCodeOf(error: unknown): number | undefined {
  if (!(error instanceof SluiceError)) return undefined
  return (COMPONENT_ERRORS as Readonly<Record<string, ComponentErrorEntry>>)[error.code]?.exitCode
}
