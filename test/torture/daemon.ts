import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { SluiceProcess, within, type Ended } from '../e2e/process.ts'

/** Each is run as often as the others, over the same ledger; what is stored must be found again by the same one. */
const PIPELINES = { answered: ['plain', 'batched'], stored: ['stored'] } as const

/** Below the ports that a system gives to clients: one of those that try to connect could be given the one they try. */
const PORTS = { from: 20_000, count: 10_000 }

interface Start {
  /** Which start of the daemon this is. */
  readonly number: number
  /** 0 picks a free one. */
  readonly port: number
  readonly ledger: string
  readonly reply: string
  /** Whether payments are answered when they are stored, or when they are in the ledger. */
  readonly isStored: boolean
  readonly dataFolder: string
}

/** The daemon, from one start to its end. */
export class Daemon {
  readonly #process: SluiceProcess
  readonly #startedAt = performance.now()

  constructor({ number, port, ledger, reply, isStored, dataFolder }: Start) {
    const names = PIPELINES[isStored ? 'stored' : 'answered']
    const pipeline = fileURLToPath(new URL(`${names[number % names.length]}.yaml`, import.meta.url))
    this.#process = new SluiceProcess(['run', pipeline, '--admin-port', '0'], {
      env: { PORT: String(port), LEDGER: ledger, REPLY: reply, SLUICE_DATA_DIR: dataFolder },
    })
  }

  get hasEnded(): boolean {
    return this.#process.hasEnded
  }

  get ended(): Promise<Ended> {
    return this.#process.ended
  }

  /** Resolves when every node is open. @returns where it takes payments, and how long it took. */
  async isRunning(): Promise<{ readonly url: string; readonly startMs: number }> {
    const { url } = await this.#process.logged(
      (line) => line['node'] === 'ingress' && 'url' in line,
      'where it listens',
    )
    await this.#process.isRunning()
    return { url: String(url), startMs: Math.round(performance.now() - this.#startedAt) }
  }

  drain(): void {
    this.#process.send('SIGTERM')
  }

  /** @returns how it ended, which may have been before. */
  async kill(): Promise<Ended> {
    this.#process.send('SIGKILL')
    return await within(this.#process.ended, () => 'the end of a daemon that was killed')
  }

  /** A clean end. */
  async stop(): Promise<Ended> {
    this.drain()
    return await within(this.#process.ended, () => `the end of a drain:\n${this.#process.stderr}`)
  }

  /** Lines that its log should not have. The last may lack its end after a kill. */
  get noise(): readonly string[] {
    return this.#process.stderr
      .split('\n')
      .slice(0, -1)
      .filter((line) => !line.startsWith('{') || line.includes('"level":"error"'))
  }

  /** Whether it has found and cut off a last line without its end. */
  get hasCut(): boolean {
    return this.#process.log.some(({ msg }) => msg.startsWith('cut off a last line'))
  }
}

export async function freePort(random: () => number): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(random() * PORTS.count)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    server.close()
    if (isFree) return port
  }
}
