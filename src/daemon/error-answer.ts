import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { SluiceError } from '../core/errors.ts'
import { DAEMON_ERRORS } from './errors.ts'
import { hintFor } from './hints.ts'

/** What an error of the daemon's is answered with; undefined where it is none. */
export function statusOfDaemon(error: unknown): ContentfulStatusCode | undefined {
  const { [(error as SluiceError).code]: entry } = DAEMON_ERRORS as Readonly<Record<string, { status?: number }>>
  return entry?.status as ContentfulStatusCode | undefined
}

/**
 * Tells whoever has asked what went wrong.
 *
 * @param status without one it is a mistake of ours
 * @throws that one
 */
export function errorAnswer(context: Context, error: Error, status: ContentfulStatusCode | undefined): Response {
  if (status === undefined) throw error
  const { code } = error as SluiceError
  return context.json({ code, message: error.message, hint: hintFor(code) }, status)
}
