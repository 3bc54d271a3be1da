import type { QueueBaseOptions, RedisConnection as BullConnection, RedisQueueBackend } from 'bullmq'
import type { Log } from '../../core/component.ts'
import type { Env } from '../../core/env.ts'
import type { SluiceError } from '../../core/errors.ts'
import { RedisConnection } from '../connection.ts'
import type { Bull } from './library.ts'
import type { BullQueueOptions } from './options.ts'

/** What the connections of a queue are lent. */
export interface BullWorld {
  readonly env: Env
  readonly log: Log
}

/** All servers that we take know fractions of a second; only from 7.0.8 on the shortest is one millisecond. */
const CAPABILITIES = { canDoubleTimeout: true, canBlockFor1Ms: false }

/**
 * The connections by which BullMQ reaches a queue. They are ours: with our options, our time limits and our errors, and
 * without a queue of commands that wait for a connection, so that what nobody waits for any more isn't sent later.
 */
export class QueueClients {
  readonly #commands: RedisConnection
  readonly #blocking: RedisConnection | undefined

  private constructor(commands: RedisConnection, blocking: RedisConnection | undefined) {
    this.#commands = commands
    this.#blocking = blocking
    for (const { client } of [commands, ...(blocking === undefined ? [] : [blocking])]) {
      client.options.enableOfflineQueue = false
    }
  }

  /**
   * Connects.
   *
   * @param longestBlockMs of a command that waits in the server, which has a connection of its own
   * @throws what `RedisConnection.open` does
   */
  static async open(options: BullQueueOptions, world: BullWorld, longestBlockMs?: number): Promise<QueueClients> {
    const commands = await RedisConnection.open(options, world)
    if (longestBlockMs === undefined) return new QueueClients(commands, undefined)
    try {
      // The first one tells of an outage; a second voice would say the same.
      const log = { ...world.log, warn() {}, info() {} }
      const blocking = await RedisConnection.open(options, { ...world, log, profile: 'blocking', longestBlockMs })
      return new QueueClients(commands, blocking)
    } catch (error) {
      await commands.close()
      throw error
    }
  }

  /** Makes what BullMQ reaches the queue by; for the constructors of `Worker` and `Queue`. */
  backend(bull: Bull) {
    return (name: string, options: QueueBaseOptions & { readonly prefix?: string }): RedisQueueBackend => {
      const keys = new bull.QueueKeys(options.prefix)
      const commands = connect(bull, this.#commands)
      const blocking = this.#blocking && connect(bull, this.#blocking, true)
      const toKey = (type: string): string => keys.toKey(name, type)
      return new bull.RedisQueueBackend(commands, name, keys.getKeys(name), toKey, options, blocking)
    }
  }

  /** Without user and password. */
  get address(): string {
    return this.#commands.address
  }

  get isReady(): boolean {
    return this.#commands.client.status === 'ready'
  }

  /** Resolves when commands can be sent. @throws what keeps the next try to connect from succeeding */
  ready(): Promise<void> {
    return this.#commands.ready()
  }

  /** Told when the connection breaks. */
  onClose(told: () => void): void {
    this.#commands.client.on('close', told)
  }

  failure(error: unknown, action: string): SluiceError {
    return this.#commands.failure(error, action)
  }

  /** @throws while the server doesn't answer */
  async health(): Promise<void> {
    await this.#commands.send('ping')
  }

  async close(): Promise<void> {
    await this.#blocking?.close()
    await this.#commands.close()
  }
}

/** A connection as BullMQ has it, which it doesn't end. */
function connect(bull: Bull, { client }: RedisConnection, blocking = false): BullConnection {
  const connection = new bull.RedisConnection(client, { shared: true, blocking, skipVersionCheck: true })
  const told = (): void => void (connection.capabilities = CAPABILITIES)
  connection.client.then(told, () => {})
  return connection
}
