import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const CLI = join(ROOT, 'dist/cli/main.js')

/** Longer than anything takes on a busy machine: whoever waits so long waits in vain. */
const DEADLINE_MS = 30_000

/** How a process ended. */
export interface Ended {
  /** Null where a signal killed it. */
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** One line of the log. */
export type LogLine = Record<string, unknown> & { readonly level: string; readonly msg: string }

export interface SpawnOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Leaves standard output unread until the end. */
  readonly isDeaf?: boolean
  /** The user that runs it, where the superuser runs the tests. */
  readonly uid?: number | undefined
  /** The largest file that it may write, in KiB: for whoever writes more the disk is full. */
  readonly fileLimit?: number
}

/** The command line as a process. */
export class SluiceProcess {
  readonly process: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ended>
  stdout = ''
  stderr = ''
  #hasEnded = false

  constructor(args: readonly string[], { env = {}, cwd = ROOT, isDeaf = false, uid, fileLimit }: SpawnOptions = {}) {
    const user = uid === undefined ? {} : { uid, gid: uid }
    const command = [process.execPath, CLI, ...args]
    const limited = ['bash', '-c', `ulimit -f ${fileLimit}; exec "$@"`, 'bash', ...command]
    const [program, ...rest] = fileLimit === undefined ? command : limited
    this.process = spawn(program!, rest, { cwd, env: { ...process.env, ...env }, ...user })
    this.process.stdout.setEncoding('utf8')
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    if (!isDeaf) this.process.stdout.on('data', (text: string) => (this.stdout += text))
    this.process.stdin.on('error', () => {}) // A process that has ended reads nothing more.
    this.ended = this.#end()
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** The log so far; lines that aren't JSON are left out. */
  get log(): readonly LogLine[] {
    return logLines(this.stderr)
  }

  send(signal: NodeJS.Signals): void {
    this.process.kill(signal)
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.ended
  }

  /** Resolves with the first line of the log that fits. */
  logged(fits: (line: LogLine) => boolean, what: string): Promise<LogLine> {
    const find = (): LogLine | undefined => {
      const line = this.log.find(fits)
      if (line === undefined && this.#hasEnded) throw new Error(`it ended without ${what} in its log:\n${this.stderr}`)
      return line
    }
    return until(find, () => `${what} in the log:\n${this.stderr}`)
  }

  /** Resolves when every node is open. */
  async isRunning(): Promise<LogLine> {
    return await this.logged(({ msg }) => msg.endsWith(' is running'), 'a line that it runs')
  }

  async #end(): Promise<Ended> {
    const [exitCode, signal] = (await once(this.process, 'close')) as [number | null, NodeJS.Signals | null]
    this.#hasEnded = true
    return { exitCode, signal, stdout: this.stdout, stderr: this.stderr }
  }
}

export function logLines(text: string): LogLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as LogLine]
    } catch {
      return []
    }
  })
}

/** Resolves with what `find` gives once it gives something. */
export async function until<T>(
  find: () => T | undefined | false | Promise<T | undefined | false>,
  what: () => string,
): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS
  for (;;) {
    const found = await find()
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The same promise; rejects when it takes longer than anything may. */
export async function within<T>(promise: Promise<T>, what: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what()}`)), DEADLINE_MS)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
