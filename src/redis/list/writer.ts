import type { Log } from '../../core/component.ts'
import { realEnv } from '../../core/env.ts'
import { checkServers } from '../checks.ts'
import { RedisConnection } from '../connection.ts'
import type { RedisOptions } from '../options.ts'
import type { RedisCommand } from '../sender.ts'
import { keyBeside } from '../key-beside.ts'
import { mustBeList } from './type.ts'

export interface ListWriterOptions extends RedisOptions {
  readonly list: string
  readonly side: 'tail' | 'head'
  readonly maxLength?: number | undefined
}

/** In one command, whose arguments all pass through the stack. */
const MOST_PER_PUSH = 10_000

/** Pushes texts to a list. */
export class ListWriter {
  readonly #options: ListWriterOptions
  readonly #log: Log
  /** Nothing is ever stored there. */
  readonly #probed: string
  #connection: RedisConnection | undefined

  constructor(options: ListWriterOptions, log: Log) {
    this.#options = options
    this.#log = log
    this.#probed = keyBeside(options.list, 'probe')
  }

  /** @throws SLUICE_REDIS_WRONG_TYPE, what `checkServers` throws, and what keeps the server from answering */
  async open(): Promise<void> {
    const { list } = this.#options
    const connection = (this.#connection = await RedisConnection.open(this.#options, { env: realEnv, log: this.#log }))
    try {
      const commands = [...this.#push(['']), ['type', list], ['rpushx', this.#probed, '']] as const
      for (const note of await checkServers(connection, { durability: 'memory', commands })) this.#log.warn(note)
      await mustBeList(connection, list)
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  /** Resolves when the server has confirmed all. @throws with nothing written, or where that isn't known */
  async write(texts: readonly string[]): Promise<void> {
    for (const { error } of await this.#connection!.sendTogether(this.#push(texts)))
      if (error !== undefined) throw error
  }

  /** Whether the server takes writes, found out by one that does nothing. @throws what it says */
  async probe(): Promise<void> {
    await mustBeList(this.#connection!, this.#options.list)
    await this.#connection!.send('rpushx', this.#probed, '')
  }

  async close(): Promise<void> {
    await this.#connection?.close()
  }

  #push(texts: readonly string[]): readonly RedisCommand[] {
    const { list, side, maxLength } = this.#options
    const commands: RedisCommand[] = []
    for (let at = 0; at < texts.length; at += MOST_PER_PUSH) {
      commands.push([side === 'tail' ? 'rpush' : 'lpush', list, ...texts.slice(at, at + MOST_PER_PUSH)])
    }
    if (maxLength !== undefined) {
      commands.push(side === 'tail' ? ['ltrim', list, -maxLength, -1] : ['ltrim', list, 0, maxLength - 1])
    }
    return commands
  }
}
