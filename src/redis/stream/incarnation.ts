import { randomUUID } from 'node:crypto'
import type { RedisConnection } from '../connection.ts'
import { keyBeside } from '../key-beside.ts'
import type { GroupOptions } from './group-options.ts'
import { CREATE } from './scripts.ts'

/** Which group of a name there is: one that is created anew knows nothing of what another one has given. */
export class Incarnation {
  readonly key: string
  readonly #options: Pick<GroupOptions, 'stream' | 'group'>
  #value = ''

  constructor(options: Pick<GroupOptions, 'stream' | 'group'>) {
    this.#options = options
    this.key = keyBeside(options.stream, options.group, 'incarnation')
  }

  /** As it was looked at last; empty for a group that somebody else made. */
  get value(): string {
    return this.#value
  }

  /** Creates the group, and the stream; one that somebody else has created meanwhile is as good. */
  async create(connection: RedisConnection, from: string): Promise<void> {
    const { stream, group } = this.#options
    this.#value = String(await connection.run(CREATE, [stream, this.key], [group, from, randomUUID()]))
  }

  async look(connection: RedisConnection): Promise<void> {
    this.#value = String((await connection.send('get', this.key)) ?? '')
  }
}
