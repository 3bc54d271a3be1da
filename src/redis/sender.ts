import type { Env } from '../core/env.ts'
import type { SluiceError } from '../core/errors.ts'
import type { Client, Limits } from './client.ts'
import { redisError } from './errors.ts'
import { failureOf } from './failures.ts'
import type { Progress } from './progress.ts'

/** An argument of a command. */
export type RedisArgument = string | number | Buffer

/** What a server answers; a `Buffer` stands where there is a string when bytes were asked for. */
export type RedisReply = string | number | bigint | boolean | Buffer | null | readonly RedisReply[]

/** A command with its arguments. */
export type RedisCommand = readonly [name: string, ...args: RedisArgument[]]

/** What became of one of several commands that were sent together. */
export type RedisOutcome =
  | { readonly reply: RedisReply; readonly error?: undefined }
  | { readonly error: SluiceError; readonly reply?: undefined }

export interface SenderOptions {
  readonly env: Env
  readonly limits: Limits
  /** For people. */
  readonly address: string
  readonly secrets: readonly string[]
  readonly progress: Progress
  /** Whether it is the client of one server of a cluster, which is gone when it has ended. */
  readonly isPart: boolean
}

/** The client's own deadline comes first, because it tells one command of a pipeline from another. */
const DEADLINE_FACTOR = 1.25

const CLOSED = 'Connection is closed.'
const SAYS_LITTLE = /Connection is closed[.]$|^All sentinels are unreachable|^Failed to refresh slots cache/

/**
 * Sends commands by one client and says what became of them. A command is sent while there is a connection, and never
 * kept for later: so one that fails without being sent has surely had no effect, and one that nobody waits for any
 * more isn't run all of a sudden.
 */
export class Sender {
  readonly address: string
  readonly #client: Client
  readonly #options: SenderOptions
  #lastError: Error | undefined
  #isClosed = false
  /** Ends what waits for a connection. */
  readonly #refusals = new Set<() => void>()

  constructor(client: Client, options: SenderOptions) {
    this.#client = client
    this.#options = options
    this.address = options.address
    // Without a listener the client writes to standard error. Only these events tell why a connection broke.
    client.on('error', this.#hear)
    client.on('node error', this.#hear)
    client.on('sentinelError', this.#hear)
    client.on('ready', () => (this.#lastError = undefined))
  }

  readonly #hear = (error: Error): void => {
    // That a connection is closed, or that all are, says less than what was said before.
    if (this.#lastError === undefined || !SAYS_LITTLE.test(error.message)) this.#lastError = error
  }

  /** Refuses what comes, and what waits for a connection. */
  close(): void {
    this.#isClosed = true
    for (const refuse of this.#refusals) refuse()
  }

  /** The failure of something that was not a command, such as connecting. */
  failure(error: unknown, action: string, wasSent = false): SluiceError {
    const { address, secrets } = this.#options
    if (this.#isClosed) return redisError('SLUICE_REDIS_CLOSED', `${action} at ${address}: the connection is closed`)
    return failureOf(error, { action, address, wasSent, secrets, lastError: this.#lastError })
  }

  /**
   * Resolves when there is a connection.
   *
   * @throws what the next try to connect fails with; SLUICE_REDIS_UNREACHABLE after `withinMs`; SLUICE_REDIS_CLOSED
   */
  async ready(action = 'connect', withinMs: number = this.#options.limits.commandMs): Promise<void> {
    if (this.#client.status === 'ready' && !this.#isClosed) return
    try {
      await this.#connected(withinMs)
    } catch (error) {
      throw this.failure(error, action)
    }
  }

  #connected(withinMs: number): Promise<void> {
    const client = this.#client
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new Error(CLOSED))
      const settle = (error?: Error): void => {
        timer.cancel()
        this.#refusals.delete(closed)
        client.off('ready', ready).off('error', failed).off('close', closed).off('end', closed)
        if (error === undefined) resolve()
        else reject(error)
      }
      const ready = (): void => settle()
      const failed = (error: Error): void => settle(SAYS_LITTLE.test(error.message) ? new Error(CLOSED) : error)
      const closed = (): void => settle(new Error(CLOSED))
      const timer = this.#options.env.after(withinMs, () => settle(this.#lastError ?? new Error('Command timed out')))
      this.#refusals.add(closed)
      client.on('ready', ready).on('error', failed).on('close', closed).on('end', closed)
      if (client.status === 'wait' || (client.status === 'end' && !this.#options.isPart)) {
        client.connect().catch(() => {}) // The events tell.
      }
    })
  }

  /** Sends one command. @param action names it in messages */
  async send(command: RedisCommand, options: SendOptions = {}): Promise<RedisReply> {
    const [name, ...args] = command
    const lowerCase = name.toLowerCase()
    const call = (): Promise<unknown> =>
      options.asBytes === true ? this.#client.callBuffer(lowerCase, ...args) : this.#client.call(lowerCase, ...args)
    return (await this.#tracked(options.action ?? name.toUpperCase(), call)) as RedisReply
  }

  /**
   * Sends commands in one go; others' commands may run between them, and one that fails doesn't keep the next from
   * running. In a cluster their keys must be in one slot.
   *
   * @returns what became of each, in order
   * @throws where nothing was sent, or nothing is known of any
   */
  async sendTogether(commands: readonly RedisCommand[]): Promise<RedisOutcome[]> {
    const names = [...new Set(commands.map(([name]) => name.toUpperCase()))].join(', ')
    const call = async (): Promise<[Error | null, unknown][]> => {
      const pipeline = this.#client.pipeline()
      for (const [name, ...args] of commands) pipeline.call(name.toLowerCase(), ...args)
      return (await pipeline.exec()) ?? []
    }
    const results = (await this.#tracked(names, call)) as [Error | null, RedisReply][]
    return results.map(([error, reply], index) =>
      error === null ? { reply } : { error: this.failure(error, commands[index]![0].toUpperCase(), true) },
    )
  }

  async #tracked(action: string, call: () => Promise<unknown>): Promise<unknown> {
    const { progress } = this.#options
    const waiting = progress.begin()
    let wasSent = false
    try {
      await this.ready(action)
      wasSent = true
      const reply = await this.#bounded(call())
      progress.end(waiting)
      return reply
    } catch (error) {
      const failure = this.failure(error, action, wasSent)
      progress.end(waiting, failure)
      throw failure
    }
  }

  /** No command waits for good, whatever the client does. */
  #bounded(reply: Promise<unknown>): Promise<unknown> {
    const { env, limits } = this.#options
    return new Promise((resolve, reject) => {
      const timer = env.after(limits.commandMs * DEADLINE_FACTOR, () => reject(new Error('Command timed out')))
      reply.then(resolve, reject).finally(() => timer.cancel())
    })
  }
}

interface SendOptions {
  readonly asBytes?: boolean
  /** What a failure is told of instead of the command. */
  readonly action?: string
}
