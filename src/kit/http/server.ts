import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { errnoOf } from '../errno.ts'
import { listen } from './address.ts'
import { bodyOf, refusal, statusOf, type RefusalCode } from './refusal.ts'

export interface HttpServerOptions {
  /** How long a request may take to arrive, head and body. */
  readonly requestTimeoutMs: number
  /** Most connections at once; others are closed. */
  readonly connections: number
  /** Whether one too many is let in all the same, and an older one closed: the oldest that is idle, if any is. */
  readonly makesRoom?: boolean
  /** @param goAhead lets a client go on that asked whether it may (`Expect: 100-continue`). */
  serve(request: IncomingMessage, response: ServerResponse, goAhead: () => void): void
  /** Told of the status of each request that was no whole HTTP, and is answered here. */
  onBroken(status: number): void
}

/** Longest that the head of a request may take; its clock runs from the connection on. */
const HEAD_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 5_000
const MOST_HEADER_BYTES = 16_384
/** How often time limits are looked at; a quarter of the limit where that is shorter. */
const CHECK_MS = 1_000
/** While stopping: how often connections that have become idle are closed, and when all are. */
const SWEEP_MS = 20
const STOP_GRACE_MS = 2_000

/** A server of node:http with limits on everything a client can hold on to, and a stop that lets answers out. */
export class HttpServer {
  readonly #options: HttpServerOptions
  readonly #server: Server
  /** Connections, each with its latest response. */
  readonly #current = new Map<Socket, ServerResponse | undefined>()
  /** Responses of requests that were answered here, before they were whole. */
  readonly #broken = new WeakSet<ServerResponse>()

  constructor(options: HttpServerOptions) {
    const { requestTimeoutMs, connections, makesRoom = false } = options
    this.#options = options
    this.#server = createServer({
      requestTimeout: requestTimeoutMs,
      headersTimeout: Math.min(HEAD_TIMEOUT_MS, requestTimeoutMs),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MOST_HEADER_BYTES,
      connectionsCheckingInterval: Math.min(CHECK_MS, Math.ceil(requestTimeoutMs / 4)),
    })
    if (!makesRoom) this.#server.maxConnections = connections
    this.#server.on('connection', (socket: Socket) => {
      if (makesRoom && this.#current.size >= connections) this.#makeRoom()
      this.#current.set(socket, undefined)
      socket.on('close', () => this.#current.delete(socket))
    })
    this.#server.on('request', (request, response) => this.#serve(request, response, nothing))
    this.#server.on('checkContinue', (request, response: ServerResponse) =>
      this.#serve(request, response, () => response.writeContinue()),
    )
    this.#server.on('clientError', (error, socket) => this.#answerBroken(error, socket as Socket))
  }

  /** @throws as `listen` */
  listen(address: { readonly host: string; readonly port: number }): Promise<number> {
    return listen(this.#server, address)
  }

  /** Whether a request was cut off with an answer of its own, such as 408. */
  isBroken(response: ServerResponse): boolean {
    return this.#broken.has(response)
  }

  /** Takes no more connections, and resolves when the last answer is out, after 2 s at most. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      const sweep = setInterval(() => this.#closeIdle(), SWEEP_MS)
      const grace = setTimeout(() => this.#server.closeAllConnections(), STOP_GRACE_MS)
      this.#server.close(() => {
        clearInterval(sweep)
        clearTimeout(grace)
        resolve()
      })
    })
  }

  #serve(request: IncomingMessage, response: ServerResponse, goAhead: () => void): void {
    this.#current.set(request.socket, response)
    // A client that is gone is seen by `close`; without a listener its reset would end the process.
    response.on('error', nothing)
    this.#options.serve(request, response, goAhead)
  }

  /** Also those on which nothing has come yet, which node:http doesn't call idle. */
  #closeIdle(): void {
    for (const [socket, response] of this.#current) if (isIdle(response)) socket.destroy()
  }

  #makeRoom(): void {
    const sockets = [...this.#current]
    const [socket] = sockets.find(([, response]) => isIdle(response)) ?? sockets[0]!
    this.#current.delete(socket)
    socket.destroy()
  }

  /** A time limit, or bytes that are no HTTP. */
  #answerBroken(error: Error, socket: Socket): void {
    const current = this.#current.get(socket)
    const isWaiting = current !== undefined && !current.writableEnded && current.req.complete
    const hasBegun = current !== undefined && !current.writableEnded && current.headersSent
    // What is written while a whole request waits for its answer would be taken for that answer.
    if (!socket.writable || GONE.has(errnoOf(error)) || isWaiting || hasBegun) {
      socket.destroy()
      return
    }
    const problem = refusal(codeOf(error))
    const status = statusOf(problem)
    if (current !== undefined) this.#broken.add(current)
    this.#options.onBroken(status)
    const text = `${JSON.stringify(bodyOf(problem))}\n`
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    )
    socket.destroySoon()
  }
}

function nothing(): void {}

function isIdle(response: ServerResponse | undefined): boolean {
  return response?.writableFinished !== false
}

/** The client has closed its end in the middle of a request: a hang-up, which nobody waits to be told of. */
const GONE = new Set<string | undefined>(['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE'])

function codeOf(error: Error): RefusalCode {
  switch (errnoOf(error)) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'SLUICE_HTTP_TOO_SLOW'
    case 'HPE_HEADER_OVERFLOW':
      return 'SLUICE_HTTP_HEADERS_TOO_LARGE'
    default:
      return 'SLUICE_HTTP_MALFORMED'
  }
}
