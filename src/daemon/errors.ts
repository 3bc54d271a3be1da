import { placeError, SluiceError } from '../core/errors.ts'

interface DaemonErrorEntry {
  readonly summary: string
  /** What to do about it. */
  readonly hint: string
  /** Of the answer, where it is one of the admin server. */
  readonly status?: number
  /** What a process ends with that can't start because of it. */
  readonly exitCode?: number
}

/** Every code of the daemon. A code is never used for something else later. */
export const DAEMON_ERRORS = {
  SLUICE_START_TIMEOUT: {
    summary: 'a node takes longer to open than `startTimeout` allows',
    hint: 'see what the node connects to; raise `startTimeout` if it only needs more time',
    exitCode: 69,
  },
  SLUICE_OVERFLOW_ORPHANED: {
    summary: 'messages are stored for an edge that the pipeline has no more, and nothing would deliver them',
    hint: '`sluice overflow list` shows them; adopt, export or purge them with the commands of the message, or put the overflow back',
    exitCode: 78,
  },
  SLUICE_ADOPT_REFUSED: {
    summary: 'what one overflow has stored cannot be moved behind what another one has',
    hint: 'see the message; nothing was moved, and both are as they were',
    exitCode: 78,
  },
  SLUICE_UNCAUGHT_EXCEPTION: {
    summary: 'a component threw where nobody catches: in a timer, or as an event that nobody listens to',
    hint: 'see the stack: catch it there, or listen to `error`; what a handler throws or rejects fails only its message',
    exitCode: 70,
  },
  SLUICE_UNHANDLED_REJECTION: {
    summary: 'a promise was rejected, and nobody handles that',
    hint: 'see the stack: await the promise, return it from the handler, or catch it',
  },
  SLUICE_ADMIN_LISTEN_FAILED: {
    summary: 'the admin server cannot listen',
    hint: 'choose another port with --admin-port (0 picks a free one), and an address of this machine with --admin-host',
  },
  SLUICE_ADMIN_TOKEN_MISSING: {
    summary: 'other machines can reach the address of the admin server, and there is no token',
    hint: 'put a token of at least 16 characters into SLUICE_ADMIN_TOKEN or into a file named by --admin-token-file, or leave out --admin-host: then only this machine can ask',
    exitCode: 78,
  },
  SLUICE_ADMIN_TOKEN_INVALID: {
    summary: 'the token of the admin server is not 16 to 4096 visible ASCII characters',
    hint: 'make one with: openssl rand -hex 32',
    exitCode: 78,
  },
  SLUICE_ADMIN_TOKEN_FILE_UNUSABLE: {
    summary: 'the file with the token of the admin server cannot be used',
    hint: 'give a file that holds nothing but the token, and that other users may not read (chmod 600)',
    exitCode: 78,
  },
  SLUICE_ADMIN_TOKEN_TWICE: {
    summary: 'the admin server has two tokens',
    hint: 'unset SLUICE_ADMIN_TOKEN, or leave out --admin-token-file',
    exitCode: 78,
  },
  SLUICE_ADMIN_HOST_INVALID: {
    summary: 'the request has no Host header, or not just one, or no name is in it',
    hint: 'send one Host header with the name and the port of the admin server',
    status: 400,
  },
  SLUICE_ADMIN_TOKEN_WRONG: {
    summary: 'the token is missing or wrong',
    hint: 'send the header "Authorization: Bearer <token>"',
    status: 401,
  },
  SLUICE_ADMIN_ORIGIN_REFUSED: {
    summary: 'a page of another origin asks the admin server',
    hint: 'ask from outside of a browser; where a proxy stands before the admin server, let it pass on the Host header',
    status: 403,
  },
  SLUICE_ADMIN_NOT_FOUND: {
    summary: 'there is nothing at this path of the admin server',
    hint: 'ask for /health, /ready, /metrics, or /api/pipelines/<name>/recording, …/dead-letters, …/pause or …/resume',
    status: 404,
  },
  SLUICE_ADMIN_NO_PIPELINE: {
    summary: 'no pipeline of this name runs here',
    hint: 'name one of those that /health shows',
    status: 404,
    exitCode: 66,
  },
  SLUICE_ADMIN_NO_NODE: {
    summary: 'the pipeline has no node of this name',
    hint: 'name one of those that /health shows of the pipeline',
    status: 404,
    exitCode: 66,
  },
  SLUICE_ADMIN_ENDED: {
    summary: 'the pipeline is being stopped, or has ended: nothing of it can be paused any more',
    hint: 'see the log; one that failed with `onPipelineFailure: restart` can be paused once it runs again',
    status: 409,
    exitCode: 69,
  },
  SLUICE_ADMIN_NO_GROUP: {
    summary: 'the pipeline has no group, so that nobody knows of its other daemons',
    hint: 'write `group: { redis: { url: … } }` beside `pipeline`, the same at every daemon, or leave out `--all` and ask each daemon',
    status: 409,
    exitCode: 78,
  },
  SLUICE_ADMIN_GROUP_FAILED: {
    summary: 'the other daemons of the pipeline could not be told, or nobody knows whether they were',
    hint: 'see the message; asking again does no harm, nor does asking one daemon without `--all`',
    status: 503,
    exitCode: 69,
  },
  SLUICE_RECORDING_UNWRITABLE: {
    summary: 'a recording cannot be written',
    hint: 'choose a folder that this user may write in, with --output; of `sluice run`, with --recordings',
  },
  SLUICE_RECORDING_UNREADABLE: {
    summary: 'a file with a recording cannot be read',
    hint: 'name a file that `sluice dump` has printed, or that the log of the daemon names',
    exitCode: 66,
  },
  SLUICE_RECORDING_INVALID: {
    summary: 'a file is no recording, or one of another version',
    hint: 'give a whole file that `sluice dump` or the daemon has written, of the same version of Sluice',
    exitCode: 65,
  },
  SLUICE_ADMIN_NO_LETTERS: {
    summary: 'there is no store of dead letters of such a pipeline',
    hint: 'name a pipeline that runs here and has `deadLetters: true`, or the consumer `letters` there',
    status: 404,
  },
  SLUICE_ADMIN_NO_OVERFLOW: {
    summary: 'there is no such overflow',
    hint: '`sluice overflow list` has their names: `<from>.<to>` of an edge, or that of a durable producer',
    status: 404,
  },
  SLUICE_ADMIN_QUERY_INVALID: {
    summary: 'the admin server does not understand what is asked for',
    hint: 'see the message; times are ISO 8601 or ms since 1970, `count` is at most 1000',
    status: 400,
  },
  SLUICE_ADMIN_BODY_INVALID: {
    summary: 'the body of a request to the admin server is not as it should be',
    hint: 'send JSON: { "ids": […] } or { "filter": {…} } to retry and purge, the new data to edit',
    status: 400,
  },
  SLUICE_ADMIN_BODY_TOO_LARGE: {
    summary: 'the body of a request to the admin server is too large',
    hint: 'send at most 16 MiB, and 1,000 ids at once',
    status: 413,
  },
  SLUICE_ADMIN_UNREACHABLE: {
    summary: 'no admin server answers',
    hint: 'start the daemon with `sluice run`; where its admin server is at another address than the usual one, name that with --admin',
    exitCode: 69,
  },
  SLUICE_RETRY_REFUSED: {
    summary: 'dead letters cannot be put back at the node that failed them; they stay stored',
    hint: 'let a pipeline run that has the node; what failed at a producer, export and send again',
    status: 409,
  },
  SLUICE_ADMIN_METHOD: {
    summary: 'the admin server does not answer this method here',
    hint: 'use one of those that the header Allow names',
    status: 405,
  },
  SLUICE_ADMIN_HOST_REFUSED: {
    summary: 'the admin server is asked under a name that is not its own',
    hint: 'ask under localhost, 127.0.0.1 or the address it listens on, or start with --admin-allow-host <name>',
    status: 421,
  },
  SLUICE_ADMIN_FAILED: {
    summary: 'the admin server failed to answer',
    hint: 'see the log; this is a mistake in Sluice',
    status: 500,
  },
} as const satisfies Record<string, DaemonErrorEntry>

export type DaemonErrorCode = keyof typeof DAEMON_ERRORS

/** Codes that the admin server answers with. */
type AnswerCode = {
  [Code in DaemonErrorCode]: (typeof DAEMON_ERRORS)[Code] extends { status: number } ? Code : never
}[DaemonErrorCode]

/** An error with a code of the table; by default with its summary. */
export function daemonError(
  code: DaemonErrorCode,
  message: string = DAEMON_ERRORS[code].summary,
  cause?: unknown,
): SluiceError {
  return placeError(code, message, cause)
}

/** What the admin server answers with a code of the table; by default it says its summary. */
export function answerOf(code: AnswerCode, message: string = DAEMON_ERRORS[code].summary) {
  const { status, hint } = DAEMON_ERRORS[code]
  return { status, body: { code, message, hint } }
}

/** What a process ends with that can't start because of an error of the daemon; undefined where the table doesn't say. */
export function exitCodeOf(error: unknown): number | undefined {
  if (!(error instanceof SluiceError)) return undefined
  return (DAEMON_ERRORS as Readonly<Record<string, DaemonErrorEntry>>)[error.code]?.exitCode
}
