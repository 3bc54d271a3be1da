import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A request as a server has got it. */
export interface Got {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

export interface Sink {
  readonly url: string
  readonly port: number
  readonly requests: Got[]
  /** Connections that were made to it. */
  readonly connections: number
  /** Ends it, with all connections. */
  close(): void
}

type Answering = (got: Got, response: ServerResponse, index: number) => void

/** What a server answers: a status, with a body and headers, or what it does itself. */
export function answer(status: number, body?: unknown, headers: Record<string, string> = {}): Answering {
  return (_got, response) => {
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
    const type = typeof body === 'string' ? 'text/plain' : 'application/json'
    response.writeHead(status, { 'content-type': type, ...headers }).end(text)
  }
}

interface Place {
  readonly host?: string
  readonly port?: number
  readonly scheme?: string
}

/** A real server that remembers what it gets; ends with its test. */
export async function sink(answering: Answering = answer(204), place: Place = {}): Promise<Sink> {
  const started = await startSink(answering, place)
  onTestFinished(() => started.close())
  return started
}

/** The same, which whoever starts it closes. */
export async function startSink(answering: Answering = answer(204), place: Place = {}): Promise<Sink> {
  const requests: Got[] = []
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const got = { method, path: url, headers, text: Buffer.concat(chunks).toString() }
      requests.push(got)
      answering(got, response, requests.length - 1)
    })
  }
  return Object.assign(await start(createServer(listener), place), { requests })
}

/** A server that speaks whatever it is told to. */
export function rawSink(connected: (socket: Socket) => void): Promise<Omit<Sink, 'requests'>> {
  return listen(createTcpServer(connected))
}

/** Has a server listen, on a free port unless it is told one; ends with its test. */
export async function listen(server: Server, place: Place = {}): Promise<Omit<Sink, 'requests'>> {
  const started = await start(server, place)
  onTestFinished(() => started.close())
  return started
}

async function start(
  server: Server,
  { host = '127.0.0.1', port: wanted = 0, scheme = 'http' }: Place,
): Promise<Omit<Sink, 'requests'>> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(wanted, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const close = (): void => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `${scheme}://${host}:${port}`,
    port,
    close,
    get connections() {
      return connections
    },
  }
}
