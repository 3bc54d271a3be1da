import type { QueueBaseOptions, RedisConnection as BullConnection, RedisQueueBackend } from 'bullmq'
import type { Log } from '../../core/component.ts'
import type { Env } from '../../core/env.ts'
import { asError, SluiceError } from '../../core/errors.ts'
import { RedisConnection } from '../connection.ts'
import { permissionProblem } from '../permissions.ts'
import { settingsOf } from '../server-settings.ts'
import type { Bull } from './library.ts'
import type { BullQueueOptions } from './options.ts'

/** What the connections of a queue are lent. */
export interface BullWorld {
  readonly env: Env
  readonly log: Log
}

/** All servers that we take know fractions of a second; only from 7.0.8 on the shortest is one millisecond. */
const CAPABILITIES = { canDoubleTimeout: true, canBlockFor1Ms: false }

/** What the client says without a connection. */
const NOT_SENT = "Stream isn't writeable"

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
    for (const connection of [commands, blocking]) if (connection !== undefined) prepare(connection)
  }

  /**
   * Connects.
   *
   * @param longestBlockMs of a command that waits in the server, which has a connection of its own
   * @throws what `RedisConnection.open` does; SLUICE_REDIS_NOT_PERMITTED, with what the user lacks
   */
  static async open(options: BullQueueOptions, world: BullWorld, longestBlockMs?: number): Promise<QueueClients> {
    const commands = await RedisConnection.open(options, world)
    try {
      await check(commands, options, world)
      if (longestBlockMs === undefined) return new QueueClients(commands, undefined)
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
    const wasSent = !asError(error).message.startsWith(NOT_SENT)
    return this.#commands.failure(error, action, wasSent)
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

/**
 * What finds no connection fails at once. A timer for each command is done without, because it costs where there are so
 * many: the clock of the socket, which runs while any answer is owed, ends them all.
 */
function prepare({ client }: RedisConnection): void {
  client.options.enableOfflineQueue = false
  if ('commandTimeout' in client.options) delete client.options.commandTimeout
}

/** A connection as BullMQ has it, which it doesn't end. */
function connect(bull: Bull, { client }: RedisConnection, blocking = false): BullConnection {
  const connection = new bull.RedisConnection(client, { shared: true, blocking, skipVersionCheck: true })
  const told = (): void => void (connection.capabilities = CAPABILITIES)
  connection.client.then(told, () => {})
  return connection
}

/** What will be sent must be permitted; what would lose jobs is told. */
async function check(
  connection: RedisConnection,
  { prefix, queue }: BullQueueOptions,
  { log }: BullWorld,
): Promise<void> {
  const key = (type: string): string => `${prefix}:${queue}:${type}`
  const script = [1, key('wait')] as const
  const commands = [
    ['evalsha', '0'.repeat(40), ...script],
    ['eval', 'return 0', ...script],
    ['bzpopmin', key('marker'), 1],
  ] as const
  for (const server of connection.servers()) {
    const problem = await permissionProblem(server, commands)
    if (problem instanceof SluiceError) throw problem
    const policy = (await settingsOf(server))?.policy
    if (policy === undefined || policy === 'noeviction') continue
    log.warn(
      `${server.address} has \`maxmemory-policy ${policy}\`, which loses jobs: set \`maxmemory-policy noeviction\``,
    )
  }
}
