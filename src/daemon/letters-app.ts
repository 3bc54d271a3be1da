import { Hono, type Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Log } from '../core/component.ts'
import type { Env } from '../core/env.ts'
import { asError, SluiceError } from '../core/errors.ts'
import type { Graph } from '../core/graph.ts'
import { quote } from '../kit/text.ts'
import { overflowError } from '../overflow/errors.ts'
import type { LetterStore } from '../overflow/letters/letter-store.ts'
import { readMarkedJson, writeMarkedJson } from '../overflow/marked-json.ts'
import { letterStoreOf } from '../overflow/letters/open-stores.ts'
import { errorAnswer, statusOfDaemon } from './error-answer.ts'
import { daemonError } from './errors.ts'
import { chosenIn, filterIn, MOST_LETTERS, pageIn } from './letter-requests.ts'
import { LetterRetry } from './letter-retry.ts'

/** What the routes of dead letters need of the daemon. */
export interface LetterDesk {
  readonly log: Log
  readonly env: Env
  /** Of a pipeline that runs, as it is now. */
  graphOf(pipeline: string): Graph | undefined
}

const MOST_BODY_BYTES = 16 * 1024 * 1024
/** A retry that takes longer is answered with how far it has come, and goes on. */
const RETRY_ANSWER_MS = 10_000

const LONGEST_BEGIN = 80

const PATH = '/api/pipelines/:pipeline/dead-letters'
/** Which methods each path answers. */
const METHODS = {
  '/': 'GET, HEAD',
  '/retry': 'POST',
  '/purge': 'POST',
  '/export': 'GET, HEAD',
  '/:id': 'GET, HEAD, PUT',
}

/** `/api/pipelines/<name>/dead-letters`: what the embedded stores of pipelines have, and what can be done with it. */
export function lettersApp(desk: LetterDesk): Hono {
  const app = new Hono().basePath(PATH)
  app.get('/', async (context) => {
    const store = storeOf(context)
    const { letters, next } = await store.list(pageIn(context.req.query()))
    const begun = await Promise.all(
      letters.map(async (letter) => ({ ...letter, begins: await beginOf(store, letter.id) })),
    )
    return context.json({ letters: begun, next, stored: store.count })
  })
  app.get('/export', (context) => exported(storeOf(context).export(filterIn(context.req.query()))))
  app.post('/retry', async (context) => context.json(await retried(context, desk)))
  app.post('/purge', async (context) => {
    const store = storeOf(context)
    const chosen = chosenIn(await bodyOf(context))
    const purged = 'ids' in chosen ? await store.remove(chosen.ids) : await store.purge(chosen.filter)
    return context.json({ purged })
  })
  for (const path of ['/', '/export', '/retry', '/purge'] as const) refuseOthers(app, path)
  app.get('/:id', async (context) => {
    const id = idIn(context)
    const stored = await storeOf(context).show(id)
    if (stored === undefined) throw overflowError('SLUICE_LETTER_UNKNOWN', `there is no letter of ${quote(id, 200)}`)
    return context.body(writeMarkedJson(stored)!, 200, { 'content-type': 'application/json' })
  })
  app.put('/:id', async (context) => {
    const store = storeOf(context)
    await store.edit(idIn(context), dataIn(await bodyOf(context)))
    return context.json({ edited: idIn(context) })
  })
  refuseOthers(app, '/:id')
  app.onError((error, context) => answer(context, error))
  return app
}

/** Answers the methods that a path doesn't have. */
function refuseOthers(app: Hono, path: keyof typeof METHODS): void {
  app.all(path, (context) => {
    context.header('allow', METHODS[path])
    return answer(context, daemonError('SLUICE_ADMIN_METHOD'))
  })
}

async function retried(context: Context, { log, env, graphOf }: LetterDesk) {
  const store = storeOf(context)
  const pipeline = context.req.param('pipeline')!
  const chosen = chosenIn(await bodyOf(context))
  const { ids, next } =
    'ids' in chosen ? { ids: [...new Set(chosen.ids)], next: undefined } : await idsOf(store, chosen)
  const retry = new LetterRetry({ store, log, graph: () => graphOf(pipeline) })
  const { promise: late, resolve } = deferred()
  const timer = env.after(RETRY_ANSWER_MS, resolve)
  await Promise.race([retry.run(ids), late])
  timer.cancel()
  const { skipped, ...report } = retry.report
  const found = await Promise.all(skipped.map(async (id) => [id, await store.show(id).catch(() => null)] as const))
  const unknown = found.filter(([, letter]) => letter === undefined).map(([id]) => id)
  return { ...report, unknown, skipped: skipped.length - unknown.length, next }
}

function deferred() {
  let resolve!: () => void
  const promise = new Promise<void>((resolved) => (resolve = resolved))
  return { promise, resolve }
}

async function idsOf(store: LetterStore, { filter, after }: Exclude<ReturnType<typeof chosenIn>, { ids: unknown }>) {
  const page = { filter, order: 'oldest' as const, count: MOST_LETTERS, ...(after === undefined ? {} : { after }) }
  const { letters, next } = await store.list(page)
  return { ids: letters.map(({ id }) => id), next }
}

/** The beginning of a letter's data. */
async function beginOf(store: LetterStore, id: string): Promise<string | undefined> {
  const stored = await store.show(id).catch(() => undefined)
  return stored === undefined ? undefined : (writeMarkedJson(stored.letter.data) ?? '').slice(0, LONGEST_BEGIN)
}

/** @throws SLUICE_ADMIN_NO_LETTERS */
function storeOf(context: Context): LetterStore {
  const pipeline = context.req.param('pipeline')!
  const store = letterStoreOf(pipeline)
  if (store !== undefined) return store
  throw daemonError('SLUICE_ADMIN_NO_LETTERS', `there is no store of dead letters of ${quote(pipeline)} here`)
}

function idIn(context: Context): string {
  return context.req.param('id')!
}

/** @throws SLUICE_ADMIN_BODY_INVALID */
function dataIn(body: string): unknown {
  try {
    return readMarkedJson(body)
  } catch (error) {
    throw daemonError('SLUICE_ADMIN_BODY_INVALID', `the new data is not JSON: ${asError(error).message}`)
  }
}

function exported(lines: AsyncGenerator<string, void>): Response {
  const encoder = new TextEncoder()
  const body = ReadableStream.from(
    (async function* () {
      for await (const line of lines) yield encoder.encode(`${line}\n`)
    })(),
  )
  return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } })
}

/**
 * The body of a request, however it is sent. Not by Hono's own limit: that copies the request of a body without a length
 * in a way that those of `node:http` don't stand.
 *
 * @throws SLUICE_ADMIN_BODY_TOO_LARGE
 */
async function bodyOf({ req }: Context): Promise<string> {
  if (Number(req.header('content-length')) > MOST_BODY_BYTES) throw daemonError('SLUICE_ADMIN_BODY_TOO_LARGE')
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const part of req.raw.body ?? []) {
    sizeBytes += part.length
    if (sizeBytes > MOST_BODY_BYTES) throw daemonError('SLUICE_ADMIN_BODY_TOO_LARGE')
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

const OF_LETTERS: Readonly<Record<string, ContentfulStatusCode>> = {
  SLUICE_LETTER_UNKNOWN: 404,
  SLUICE_LETTER_UNDER_WAY: 409,
  SLUICE_LETTER_TOO_LARGE: 422,
  SLUICE_LETTER_NOT_JSON: 422,
}

/** What an error is answered with; undefined where it is a mistake of ours. */
function statusOf(error: unknown): ContentfulStatusCode | undefined {
  if (!(error instanceof SluiceError)) return undefined
  const isOfStore = /^SLUICE_(?:LOG|LETTERS?)_/.test(error.code)
  return statusOfDaemon(error) ?? OF_LETTERS[error.code] ?? (isOfStore ? 503 : undefined)
}

function answer(context: Context, error: Error): Response {
  return errorAnswer(context, error, statusOf(error))
}
