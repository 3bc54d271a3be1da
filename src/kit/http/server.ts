import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { errnoOf } from '../errno.ts'
import { listen } from './address.ts'
import { refusalAnswer, send } from './exchange.ts'
import { refusal, type RefusalCode } from './refusal.ts'

export interface HttpServerOptions {
  /** How long a request may take to arrive, head and body. */
  readonly requestTimeoutMs: number
  /** Most connections at once; one too many takes the place of the oldest that has not asked for anything yet, or is closed. */
  readonly connections: number
  /** Whether any other may be closed for it, too: the oldest that is idle, or else the oldest. */
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
  /** Connections that are closed behind their last answer, because what they send can't be read. */
  readonly #closing = new WeakSet<Socket>()

  constructor(options: HttpServerOptions) {
    const { requestTimeoutMs, connections, makesRoom = false } = options
    this.#options = options
    this.#server = createServer({
      // It would be answered without a word of ours.
      requireHostHeader: false,
      requestTimeout: requestTimeoutMs,
      headersTimeout: Math.min(HEAD_TIMEOUT_MS, requestTimeoutMs),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MOST_HEADER_BYTES,
      connectionsCheckingInterval: Math.min(CHECK_MS, Math.ceil(requestTimeoutMs / 4)),
    })
    // Of more than these node:http would say nothing, and forget some; `checkHead` refuses far fewer.
    this.#server.maxHeadersCount = 0
    // Longer than any time limit that is answered.
    this.#server.timeout = 2 * requestTimeoutMs
    this.#server.on('timeout', (socket) => this.#endStalled(socket))
    this.#server.on('connection', (socket: Socket) => {
      if (this.#current.size >= connections && !this.#makeRoom(makesRoom)) return void socket.destroy()
      this.#current.set(socket, undefined)
      socket.on('close', () => this.#current.delete(socket))
    })
    this.#server.on('request', (request, response) => this.#serve(request, response, nothing))
    this.#server.on('checkContinue', (request, response: ServerResponse) =>
      this.#serve(request, response, () => response.writeContinue()),
    )
    this.#server.on('checkExpectation', (request, response: ServerResponse) => {
      this.#current.set(request.socket, response)
      this.#refuse(response, 'SLUICE_HTTP_EXPECTATION')
    })
    this.#server.on('connect', (_, socket) => this.#answerRaw(socket as Socket, 'SLUICE_HTTP_NO_PROXY'))
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

  /** @returns whether there is room for one more now. */
  #makeRoom(ofAny: boolean): boolean {
    const sockets = [...this.#current]
    const silent = sockets.find(([, response]) => response === undefined)
    const idle = ofAny ? (sockets.find(([, response]) => isIdle(response)) ?? sockets[0]) : undefined
    const [socket] = silent ?? idle ?? []
    if (socket === undefined) return false
    this.#current.delete(socket)
    socket.destroy()
    return true
  }

  /** Nothing has passed for a while: nobody asks again, or nobody reads the answer. Who waits for one goes on waiting. */
  #endStalled(socket: Socket): void {
    const response = this.#current.get(socket)
    if (response?.writableEnded === true) socket.destroy()
  }

  /** A time limit, or bytes that are no HTTP: whatever came before is answered, then the connection is closed. */
  #answerBroken(error: Error, socket: Socket): void {
    if (this.#closing.has(socket)) return
    this.#closing.add(socket)
    const current = this.#current.get(socket)
    if (!socket.writable || GONE.has(errnoOf(error))) socket.destroy()
    else if (isIdle(current) && current?.req.complete !== false) this.#answerRaw(socket, codeOf(error))
    else if (current!.headersSent) whenFinished(current!, () => socket.destroySoon())
    else if (current!.req.complete) current!.shouldKeepAlive = false
    else this.#refuse(current!, codeOf(error))
  }

  /** Of what has a response, so that it comes behind the answers that are still due. */
  #refuse(response: ServerResponse, code: RefusalCode): void {
    const answer = refusalAnswer(refusal(code))
    this.#broken.add(response)
    if (send(response, answer, true)) this.#options.onBroken(answer.status)
  }

  /** Where there is no response, and no answer is due. */
  #answerRaw(socket: Socket, code: RefusalCode): void {
    const { status, body } = refusalAnswer(refusal(code))
    this.#options.onBroken(status)
    const text = `${JSON.stringify(body)}\n`
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    )
    socket.destroySoon()
  }
}

function whenFinished(response: ServerResponse, then: () => void): void {
  if (response.writableFinished) then()
  else response.once('finish', then)
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
