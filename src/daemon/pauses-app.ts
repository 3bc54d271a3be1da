import { Hono, type Context } from 'hono'
import { meantOrAll } from '../kit/nearest.ts'
import { quote } from '../kit/text.ts'
import { errorAnswer, statusOfDaemon } from './error-answer.ts'
import { daemonError } from './errors.ts'
import type { PauseAction } from './operator-pauses.ts'
import type { PausedEverywhere } from './running.ts'

/** Whoever can pause what runs here. Without a node a pause is of all producers, and what goes on is all that is paused. */
export interface PauseDesk {
  /** @returns the nodes that are paused then @throws SLUICE_ADMIN_… */
  here(action: PauseAction, pipeline: string, node?: string): readonly string[]
  /** The same at every daemon of the pipeline. @throws SLUICE_ADMIN_… */
  everywhere(action: PauseAction, pipeline: string, node?: string): Promise<PausedEverywhere>
}

const ACTIONS: readonly PauseAction[] = ['pause', 'resume']
const PARAMETERS: readonly string[] = ['node', 'all']

/**
 * `POST /api/pipelines/<name>/pause` and `/resume`, of everything or of `?node=<name>`, answered with the nodes that are
 * paused then; with `?all=true` at every daemon of the pipeline, answered also with the members of its group that were told.
 */
export function pausesApp(desk: PauseDesk): Hono {
  const app = new Hono().basePath('/api/pipelines/:pipeline')
  for (const action of ACTIONS) {
    app.post(`/${action}`, async (context) => {
      const pipeline = context.req.param('pipeline')
      checkQuery(context.req.queries())
      const node = context.req.query('node')
      if (isOfAll(context.req.query('all'))) {
        return context.json({ pipeline, ...(await desk.everywhere(action, pipeline, node)) })
      }
      return context.json({ pipeline, paused: desk.here(action, pipeline, node) })
    })
    app.all(`/${action}`, (context) => {
      context.header('allow', 'POST')
      return answer(context, daemonError('SLUICE_ADMIN_METHOD'))
    })
  }
  app.onError((error, context) => answer(context, error))
  return app
}

/**
 * A parameter that nobody reads would make a pause of one node one of the whole pipeline.
 *
 * @throws SLUICE_ADMIN_QUERY_INVALID
 */
function checkQuery(query: Readonly<Record<string, readonly string[]>>): void {
  for (const [name, values] of Object.entries(query)) {
    if (!PARAMETERS.includes(name)) {
      const meant = meantOrAll(name, PARAMETERS, 'nothing')
      throw daemonError('SLUICE_ADMIN_QUERY_INVALID', `${quote(name)} is not something that can be said here; ${meant}`)
    }
    if (values.length > 1) throw daemonError('SLUICE_ADMIN_QUERY_INVALID', `\`${name}\` may stand once only`)
  }
}

function isOfAll(all: string | undefined): boolean {
  if (all === undefined || all === 'true' || all === 'false') return all === 'true'
  throw daemonError('SLUICE_ADMIN_QUERY_INVALID', `\`all\` is \`true\` or \`false\`; got ${quote(all)}`)
}

function answer(context: Context, error: Error): Response {
  return errorAnswer(context, error, statusOfDaemon(error))
}
