import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Response {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Parsed where it is JSON. */
  readonly body: unknown
}

export interface Request {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly agent?: Agent
}

/** Sends a body, JSON unless it is text, and waits for the answer. */
export function send(
  url: string,
  body: unknown,
  { method = 'POST', path, headers, agent }: Request = {},
): Promise<Response> {
  const target = new URL(url)
  if (path !== undefined) target.pathname = path
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const sent = request(
      target,
      { method, agent: agent ?? false, headers: { 'content-type': 'application/json', ...headers } },
      (response) => {
        text(response).then((received) => resolve(responseOf(response, received)), reject)
      },
    )
    sent.on('error', reject)
    sent.end(bytes)
  })
}

function responseOf({ statusCode = 0, headers }: IncomingMessage, received: string): Response {
  const isJson = headers['content-type'] === 'application/json'
  return { status: statusCode, headers, body: isJson ? (JSON.parse(received) as unknown) : received }
}

/** A connection that says what it is told, byte by byte. */
export class RawClient {
  readonly socket: Socket
  received = ''
  /** All that was received until the other side has closed. */
  readonly closed: Promise<string>

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.socket = connect(Number(port), hostname)
    this.socket.setEncoding('latin1').on('data', (data) => (this.received += String(data)))
    this.closed = new Promise((resolve) => {
      this.socket.on('error', () => {}).on('close', () => resolve(this.received))
    })
  }

  write(data: string): this {
    this.socket.write(data)
    return this
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.received)?.[1] ?? 0)
  }
}
