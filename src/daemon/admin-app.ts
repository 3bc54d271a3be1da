import { Hono, type Context } from 'hono'
import type { Log } from '../core/component.ts'
import type { Recording } from '../core/recording.ts'
import { tokenCheck } from '../kit/http/token.ts'
import { printable } from '../kit/text.ts'
import { answerOf } from './errors.ts'
import { unknownPipeline } from './unknown-pipeline.ts'
import { lettersApp, type LetterDesk } from './letters-app.ts'
import type { Exposition } from './metrics.ts'
import { pausesApp, type PauseDesk } from './pauses-app.ts'
import { isDegraded, isReady, type PipelineStatus } from './status.ts'
import type { Trouble } from './trouble.ts'

/** What the admin server shows. */
export interface Watched {
  readonly log: Log
  statuses(): readonly PipelineStatus[]
  /** What has happened, and no node can be named for. */
  troubles(): readonly Trouble[]
  metrics(): Promise<Exposition>
  /** Without it nothing is said of dead letters. */
  readonly letters?: LetterDesk
  /** Without it nothing can be paused. */
  readonly pauses?: PauseDesk
  /** What the flight recorder of a pipeline remembers; undefined where there is no such pipeline. */
  readonly record?: (pipeline: string) => Recording | undefined
}

interface Kept {
  /** Whether who asks may see more than a bare status. */
  Variables: { isTrusted: boolean }
}

/** What a probe asks for, which has no token. */
const OPEN_PATHS: readonly string[] = ['/health', '/ready']
const RECORDING = '/api/pipelines/:pipeline/recording'
const PATHS = [...OPEN_PATHS, '/metrics', RECORDING]

/**
 * The routes, for a server or a test to call: `/health` (the process lives; `degraded` while what is to be stored is not) and `/ready` (every pipeline takes messages,
 * otherwise 503), both with the state of each pipeline as JSON; `/metrics` for Prometheus; dead letters; recordings.
 *
 * @param token what all but a bare status is refused without, if it is given
 */
export function adminApp(watched: Watched, token?: string): Hono<Kept> {
  const { statuses, troubles, metrics, letters, pauses, log } = watched
  const app = new Hono<Kept>()
  const isAllowed = token === undefined ? () => true : tokenCheck(token)
  app.use(async (context, next) => {
    const isTrusted = isAllowed(context.req.header('authorization'))
    context.set('isTrusted', isTrusted)
    if (isTrusted || OPEN_PATHS.includes(context.req.path)) return await next()
    context.header('www-authenticate', 'Bearer')
    return refuse(context, 'SLUICE_ADMIN_TOKEN_WRONG')
  })
  app.get('/health', (context) => {
    const unnamed = context.var.isTrusted ? { troubles: troubles() } : {}
    const pipelines = statuses()
    const status = pipelines.some(isDegraded) ? 'degraded' : 'ok'
    return context.json({ status, ...detail(context, pipelines), ...unnamed })
  })
  app.get('/ready', (context) => {
    const pipelines = statuses()
    return pipelines.every(isReady)
      ? context.json({ status: 'ready', ...detail(context, pipelines) })
      : context.json({ status: 'not ready', ...detail(context, pipelines) }, 503)
  })
  app.get('/metrics', async (context) => {
    const { text, contentType } = await metrics()
    return context.body(text, 200, { 'content-type': contentType })
  })
  addRecordings(app, watched)
  if (pauses !== undefined) app.route('/', pausesApp(pauses))
  if (letters !== undefined) app.route('/', lettersApp(letters))
  refuseOtherMethods(app)
  app.notFound((context) =>
    refuse(context, 'SLUICE_ADMIN_NOT_FOUND', `there is nothing at ${printable(context.req.path)}`),
  )
  app.onError((error, context) => {
    log.error(`the admin server failed to answer: ${error.message}`, { stack: error.stack })
    return refuse(context, 'SLUICE_ADMIN_FAILED')
  })
  return app
}

function addRecordings(app: Hono<Kept>, { statuses, record }: Watched): void {
  app.get(RECORDING, (context) => {
    const name = context.req.param('pipeline')
    const recording = record?.(name)
    if (recording !== undefined) return context.json(recording)
    const names = statuses().map((status) => status.name)
    return refuse(context, 'SLUICE_ADMIN_NO_PIPELINE', unknownPipeline(name, names))
  })
}

function refuseOtherMethods(app: Hono<Kept>): void {
  for (const path of PATHS) {
    app.all(path, (context) => {
      context.header('allow', 'GET, HEAD')
      return refuse(
        context,
        'SLUICE_ADMIN_METHOD',
        `${printable(context.req.path)} doesn't answer ${printable(context.req.method)}`,
      )
    })
  }
}

function detail({ var: { isTrusted } }: Context<Kept>, pipelines: readonly PipelineStatus[]) {
  return isTrusted ? { pipelines } : {}
}

function refuse(context: Context, ...what: Parameters<typeof answerOf>): Response {
  const { status, body } = answerOf(...what)
  return context.json(body, status)
}
