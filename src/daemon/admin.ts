import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import type { Log } from '../core/component.ts'
import { asError } from '../core/errors.ts'
import { printable } from '../kit/text.ts'
import { daemonError, DAEMON_ERRORS, type DaemonErrorCode } from './errors.ts'
import { isReady, type PipelineStatus } from './status.ts'

/** Nobody but this machine: there is no password yet. */
const HOST = '127.0.0.1'

/** What the admin server shows. */
export interface Watched {
  readonly log: Log
  statuses(): readonly PipelineStatus[]
}

export interface AdminServer {
  /** `http://127.0.0.1:9464` */
  readonly url: string
  close(): Promise<void>
}

/**
 * Answers `/health` (the process lives) and `/ready` (every pipeline takes messages, otherwise 503), both with the state
 * of each pipeline as JSON.
 *
 * @param port 0 picks a free one
 * @throws SLUICE_ADMIN_LISTEN_FAILED
 */
export async function startAdmin(port: number, watched: Watched): Promise<AdminServer> {
  const server = createAdaptorServer({ fetch: adminApp(watched).fetch, overrideGlobalObjects: false }) as Server
  await listen(server, port)
  const { port: actual } = server.address() as AddressInfo
  return { url: `http://${HOST}:${actual}`, close: () => close(server) }
}

/** The routes, for a server or a test to call. */
export function adminApp({ statuses, log }: Watched): Hono {
  const app = new Hono()
  app.use(async (context, next) => {
    await next()
    context.header('cache-control', 'no-store')
    context.header('x-content-type-options', 'nosniff')
  })
  app.get('/health', (context) => context.json({ status: 'ok', pipelines: statuses() }))
  app.get('/ready', (context) => {
    const pipelines = statuses()
    return pipelines.every(isReady)
      ? context.json({ status: 'ready', pipelines })
      : context.json({ status: 'not ready', pipelines }, 503)
  })
  for (const path of ['/health', '/ready']) {
    app.all(path, ({ json, req }) => {
      const body = refusal('SLUICE_ADMIN_METHOD', `${path} doesn't answer ${printable(req.method)}`)
      return json(body, 405, { allow: 'GET, HEAD' })
    })
  }
  app.notFound(({ json, req }) =>
    json(refusal('SLUICE_ADMIN_NOT_FOUND', `there is nothing at ${printable(req.path)}`), 404),
  )
  app.onError((error, { json }) => {
    log.error(`the admin server failed to answer: ${error.message}`, { stack: error.stack })
    return json(refusal('SLUICE_ADMIN_FAILED', DAEMON_ERRORS.SLUICE_ADMIN_FAILED.summary), 500)
  })
  return app
}

function refusal(code: DaemonErrorCode, message: string) {
  return { error: { code, message, hint: DAEMON_ERRORS[code].hint } }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      const why = error.code === 'EADDRINUSE' ? 'the port is in use' : asError(error).message
      reject(
        daemonError('SLUICE_ADMIN_LISTEN_FAILED', `the admin server can't listen on ${HOST}:${port}: ${why}`, error),
      )
    }
    server.once('error', failed)
    server.listen(port, HOST, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
