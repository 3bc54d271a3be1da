import { Hono, type Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { SluiceError } from '../core/errors.ts'
import { DAEMON_ERRORS, daemonError } from './errors.ts'
import { hintFor } from './hints.ts'

/** Whoever can pause what runs here. */
export interface PauseDesk {
  /** Without a node all producers. @returns the nodes that are paused now @throws SLUICE_ADMIN_… */
  pause(pipeline: string, node?: string): readonly string[]
  /** Without a node all that is paused. @returns the nodes that are paused still @throws SLUICE_ADMIN_… */
  resume(pipeline: string, node?: string): readonly string[]
}

const ACTIONS = ['pause', 'resume'] as const

/**
 * `POST /api/pipelines/<name>/pause` and `/resume`, of everything or of `?node=<name>`, answered with the nodes that are
 * paused then.
 */
export function pausesApp(desk: PauseDesk): Hono {
  const app = new Hono().basePath('/api/pipelines/:pipeline')
  for (const action of ACTIONS) {
    app.post(`/${action}`, (context) => {
      const pipeline = context.req.param('pipeline')
      return context.json({ pipeline, paused: desk[action](pipeline, context.req.query('node')) })
    })
    app.all(`/${action}`, (context) => {
      context.header('allow', 'POST')
      return answer(context, daemonError('SLUICE_ADMIN_METHOD'))
    })
  }
  app.onError((error, context) => answer(context, error))
  return app
}

/** What is no error of the daemon's is a mistake of ours. */
function answer(context: Context, error: Error): Response {
  const { code } = error as SluiceError
  const { [code]: entry } = DAEMON_ERRORS as Readonly<Record<string, { readonly status?: number }>>
  if (entry?.status === undefined) throw error
  return context.json({ code, message: error.message, hint: hintFor(code) }, entry.status as ContentfulStatusCode)
}
