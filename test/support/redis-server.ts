import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { until } from '../e2e/process.ts'

const run = promisify(execFile)

/** Ends a server with the process that has started it, also where that is killed. */
const PARENT_WATCH = '/usr/bin/setpriv'
/** Below the ports that the system itself gives out, so that nobody gets one meanwhile. */
const LOWEST_PORT = 20_000
const PORTS = 12_000
/** A port may be taken between the look and the start. */
const MOST_TRIES = 10

/** Settings as they stand in redis.conf. */
export type Settings = Readonly<Record<string, string | number>>

export interface StartOptions {
  /** Resolves when the server listens, also while it loads. */
  readonly isImpatient?: boolean
  readonly isSentinel?: boolean
}

/** A real server of its own: free port, folder of its own, no persistence unless it is asked for. */
export class TestRedis {
  readonly folder: string
  port = 0
  output = ''
  #settings: Settings
  #process: ChildProcess | undefined
  readonly #options: StartOptions

  private constructor(folder: string, settings: Settings, options: StartOptions) {
    this.folder = folder
    this.#settings = settings
    this.#options = options
  }

  /** Starts a server that ends with the test, at the latest. */
  static async start(settings: Settings = {}, options: StartOptions = {}): Promise<TestRedis> {
    const server = await TestRedis.launch(settings, options)
    onTestFinished(() => server.destroy())
    return server
  }

  /** The same for a server of many tests: its starter calls `destroy`. */
  static async launch(settings: Settings = {}, options: StartOptions = {}): Promise<TestRedis> {
    const server = new TestRedis(await mkdtemp(join(tmpdir(), 'sluice-redis-')), settings, options)
    for (let tries = 1; ; tries++) {
      server.port = Number(settings['port'] || settings['tls-port'] || (await freePort()))
      try {
        await server.#run(options)
        return server
      } catch (error) {
        if (tries === MOST_TRIES || !server.output.includes('Address already in use')) throw error
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** What the command line client prints. */
  async cli(...args: readonly (string | number)[]): Promise<string> {
    const { stdout } = await run('redis-cli', ['-p', String(this.port), '--no-auth-warning', '-e', ...args.map(String)])
    return stdout.trimEnd()
  }

  /** The value of one line of INFO; undefined also while the server can't be asked. */
  async info(field: string): Promise<string | undefined> {
    const told = await this.cli('info', 'everything').catch(() => '')
    const line = told.split(/\r?\n/).find((each) => each.startsWith(`${field}:`))
    return line?.slice(field.length + 1)
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal)
  }

  async kill(): Promise<void> {
    const running = this.#process
    if (running === undefined) return
    this.#process = undefined
    const ended = running.exitCode === null && running.signalCode === null ? once(running, 'exit') : undefined
    running.kill('SIGKILL')
    await ended
  }

  /** Starts it again, at the same port and in the same folder. */
  async restart(changes: Settings = {}, options: StartOptions = this.#options): Promise<void> {
    await this.kill()
    this.#settings = { ...this.#settings, ...changes }
    await this.#run(options)
  }

  async destroy(): Promise<void> {
    await this.kill()
    await rm(this.folder, { recursive: true, force: true })
  }

  async #run({ isImpatient = false, isSentinel = false }: StartOptions): Promise<void> {
    const defaults = { port: this.port, bind: '127.0.0.1', ...(isSentinel ? {} : { save: '', appendonly: 'no' }) }
    const settings = Object.entries({ ...defaults, dir: this.folder, ...this.#settings })
    const file = join(this.folder, 'redis.conf')
    if (!isSentinel || !existsSync(file)) {
      await writeFile(file, settings.map(([name, value]) => lineOf(name, value)).join(''))
    }
    const command = ['redis-server', file, ...(isSentinel ? ['--sentinel'] : [])]
    const watched = existsSync(PARENT_WATCH) ? [PARENT_WATCH, '--pdeathsig', 'KILL', ...command] : command
    this.output = ''
    const child = spawn(watched[0]!, watched.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    const sign = isImpatient ? /Loading RDB|Ready to accept|Reading RDB/ : /Ready to accept connections|Sentinel ID is/
    await until(
      () => {
        if (child.exitCode !== null) throw new Error(`redis-server ended:\n${this.output}`)
        return sign.test(this.output)
      },
      () => `redis-server to start:\n${this.output}`,
    )
  }
}

/** Several values are several lines. */
function lineOf(name: string, value: string | number): string {
  return String(value)
    .split('\n')
    .map((line) => `${name} ${line === '' ? '""' : line}\n`)
    .join('')
}

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * PORTS)
    const probe = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    const { port: bound } = probe.address() as AddressInfo
    await new Promise((resolve) => probe.close(resolve))
    return bound
  }
}
