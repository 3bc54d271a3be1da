import { getRequestListener } from '@hono/node-server'
import { asError } from '../core/errors.ts'
import { urlOf } from '../kit/http/address.ts'
import { send } from '../kit/http/exchange.ts'
import { HttpServer } from '../kit/http/server.ts'
import { adminApp, type Watched } from './admin-app.ts'
import { requestGuard } from './admin-guard.ts'
import { adminToken } from './admin-token.ts'
import { daemonError } from './errors.ts'

export interface AdminOptions {
  /** 0 picks a free one. */
  readonly port: number
  /** The address to listen on, 127.0.0.1 by default; any that other machines can reach needs a token. */
  readonly host?: string | undefined
  /** Other names under which it may be asked, as a proxy does. */
  readonly allowHosts?: readonly string[] | undefined
  /** What has to be sent as `Authorization: Bearer <token>` for all but a bare status. */
  readonly token?: string | undefined
  /** A file that holds the token, and that other users may not read. */
  readonly tokenFile?: string | undefined
}

export interface AdminServer {
  /** `http://127.0.0.1:9464` */
  readonly url: string
  close(): Promise<void>
}

const REQUEST_TIMEOUT_MS = 30_000
const MOST_CONNECTIONS = 256

/** Whatever is answered is shown by nobody, kept by nobody, and read by no page of another origin. */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/**
 * Serves `adminApp`, to whoever asks under a name that is its own.
 *
 * @throws SLUICE_ADMIN_LISTEN_FAILED, SLUICE_ADMIN_TOKEN_…
 */
export async function startAdmin(options: AdminOptions, watched: Watched): Promise<AdminServer> {
  const { port, host = '127.0.0.1', allowHosts = [] } = options
  const app = adminApp(watched, adminToken({ ...options, host }))
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  const refusalOf = requestGuard(host, allowHosts)
  const server = new HttpServer({
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    connections: MOST_CONNECTIONS,
    // However many say nothing, whoever asks is answered.
    makesRoom: true,
    serve(request, response) {
      for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
      const refusal = refusalOf(request)
      if (refusal === undefined) void answer(request, response)
      else send(response, refusal, true)
    },
    onBroken: () => {},
  })
  const actual = await listen(server, host, port)
  return { url: urlOf(SHOWN_AS[host] ?? host, actual), close: () => server.stop() }
}

/** Listening on every address is no address to ask at. */
const SHOWN_AS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

async function listen(server: HttpServer, host: string, port: number): Promise<number> {
  try {
    return await server.listen({ host, port })
  } catch (error) {
    throw daemonError('SLUICE_ADMIN_LISTEN_FAILED', `the admin server can't listen: ${asError(error).message}`, error)
  }
}
