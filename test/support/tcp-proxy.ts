import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** What becomes of what the server answers: passed on, dropped without a word, or answered by breaking the connection. */
export type Answers = 'pass' | 'swallow' | 'cut'

/** Stands between a client and a server, and loses what it is told to lose. */
export class TcpProxy {
  answers: Answers = 'pass'
  /** Each answer is kept for so long, ms. */
  delayMs = 0
  /** Answers that were not passed on. */
  lost = 0
  #isShut = false
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(target: number) {
    this.#server = createServer((client) => this.#join(client, connect(target, '127.0.0.1')))
  }

  /** Ends with the test. */
  static async start(target: number): Promise<TcpProxy> {
    const proxy = await TcpProxy.launch(target)
    onTestFinished(() => proxy.close())
    return proxy
  }

  /** The same outside a test: its starter calls `close`. */
  static async launch(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Breaks all connections; new ones are made as before. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Breaks all connections for good: nothing that is sent arrives any more. */
  shut(): void {
    this.#isShut = true
    this.cut()
  }

  close(): Promise<void> {
    this.cut()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  #join(client: Socket, server: Socket): void {
    if (this.#isShut) for (const socket of [client, server]) socket.destroy()
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => {}) // Broken connections are what it is for.
      socket.on('close', () => {
        this.#sockets.delete(socket)
        client.destroy()
        server.destroy()
      })
    }
    client.pipe(server)
    server.on('data', (bytes) => this.#answer(bytes, client))
  }

  #answer(bytes: Buffer, client: Socket): void {
    if (this.answers === 'pass') {
      if (this.delayMs === 0) client.write(bytes)
      else setTimeout(() => client.write(bytes), this.delayMs)
      return
    }
    this.lost++
    if (this.answers === 'cut') client.destroy()
  }
}
