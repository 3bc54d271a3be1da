import { SluiceError } from '../core/errors.ts'

interface DaemonErrorEntry {
  readonly summary: string
  /** What to do about it. */
  readonly hint: string
}

/** Every code of the daemon. A code is never used for something else later. */
export const DAEMON_ERRORS = {
  SLUICE_ADMIN_LISTEN_FAILED: {
    summary: 'the admin server cannot listen',
    hint: 'choose another port with --admin-port; 0 picks a free one',
  },
  SLUICE_ADMIN_NOT_FOUND: {
    summary: 'there is nothing at this path of the admin server',
    hint: 'ask for /health or /ready',
  },
  SLUICE_ADMIN_METHOD: {
    summary: 'the admin server does not answer this method here',
    hint: 'use GET',
  },
  SLUICE_ADMIN_FAILED: {
    summary: 'the admin server failed to answer',
    hint: 'see the log; this is a mistake in Sluice',
  },
} as const satisfies Record<string, DaemonErrorEntry>

export type DaemonErrorCode = keyof typeof DAEMON_ERRORS

/** An error with a code of the table. */
export function daemonError(code: DaemonErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { kind: 'place', ...(cause === undefined ? {} : { cause }) })
}
