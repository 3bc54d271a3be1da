import { randomUUID } from 'node:crypto'
import type { Log } from '../../core/component.ts'
import { realEnv } from '../../core/env.ts'
import { SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { checkServers, type Durability } from '../checks.ts'
import { RedisConnection } from '../connection.ts'
import { redisError } from '../errors.ts'
import type { RedisOptions } from '../options.ts'
import type { RedisCommand } from '../sender.ts'
import { addTexts, fieldsOf } from './entry.ts'
import { keyBeside } from '../key-beside.ts'
import type { AckPoint } from './ack-points.ts'
import { FENCE, MOVE, WRITE } from './scripts.ts'

export interface WriterOptions extends RedisOptions {
  readonly stream: string
  readonly maxLength?: number | undefined
  readonly deduplicate: boolean
  readonly durability: Durability
}

/** A message to write, and its data in JSON. */
export interface NewEntry {
  readonly message: Message
  readonly json: string
}

/** A write of which no answer came. */
interface Unknown {
  readonly number: number
  readonly ids: readonly string[]
}

/** A writer is remembered so long after its last write: so long an answer may be lost. */
const REMEMBERED_MS = 24 * 3600 * 1000

/** Entries in one script, whose texts all pass through the stack. */
export const MOST_PER_WRITE = 10_000

/** Whether the command may have been run although it has failed. */
const UNKNOWN: ReadonlySet<string> = new Set(['SLUICE_REDIS_TIMED_OUT', 'SLUICE_REDIS_REPLY_LOST'])

/**
 * Writes entries to a stream, a call at a time.
 *
 * A write has a number, which the server keeps in a hash beside the stream. Where an answer is lost, the next thing that is
 * done is to fence that write off: it can't come about late, and the server says whether it did before. So it is known,
 * and what is there isn't written again, in whichever calls its messages come back.
 */
export class StreamWriter {
  readonly #options: WriterOptions
  readonly #log: Log
  readonly #key: string
  #connection: RedisConnection | undefined
  #number = 0
  #unknown: Unknown | undefined
  /** Messages of writes that were taken for failed, and are there. */
  readonly #isThere = new Set<string>()

  constructor(options: WriterOptions, log: Log) {
    this.#options = options
    this.#log = log
    this.#key = keyBeside(options.stream, 'writer', randomUUID())
  }

  /** @throws SLUICE_REDIS_WRONG_TYPE, what `checkServers` throws, and what keeps the server from answering */
  async open(): Promise<void> {
    const { stream, durability } = this.#options
    const connection = (this.#connection = await RedisConnection.open(this.#options, { env: realEnv, log: this.#log }))
    try {
      for (const note of await checkServers(connection, { durability, commands: this.#commands() }))
        this.#log.warn(note)
      const type = await connection.send('type', stream)
      if (type === 'stream' || type === 'none') return
      const message = `"${stream}" at ${connection.address} holds a ${String(type)} where a stream is expected`
      throw redisError('SLUICE_REDIS_WRONG_TYPE', message)
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  /** Resolves when the server has confirmed all. @throws with nothing written, or where the next write will find out */
  async write(entries: readonly NewEntry[]): Promise<void> {
    await this.findOut()
    const missing = this.#isThere.size === 0 ? entries : entries.filter(({ message }) => !this.#isThere.has(message.id))
    if (missing.length > 0) await this.#write(missing)
    // Not before: where it fails, all of them come back.
    if (this.#isThere.size > 0) for (const { message } of entries) this.#isThere.delete(message.id)
  }

  /** The same without keeping account, each for itself. @returns what became of each: an error, or nothing */
  async writeEach(entries: readonly NewEntry[]): Promise<readonly (SluiceError | undefined)[]> {
    const { stream, maxLength } = this.#options
    const trimmed = maxLength === undefined ? [] : ['maxlen', '~', maxLength]
    const outcomes = await this.#connection!.sendTogether(
      entries.map(({ message, json }) => ['xadd', stream, ...trimmed, '*', ...fieldsOf(message, json)] as RedisCommand),
    )
    return outcomes.map(({ error }) => error)
  }

  /**
   * Writes entries, and acknowledges those of a group that they come from, at once; where an answer is lost it can be
   * done again.
   *
   * @param ids of the group's entries
   * @returns how many were acknowledged before, and are not written; undefined where the group is another one
   */
  async move(from: AckPoint, ids: readonly string[], entries: readonly NewEntry[]): Promise<number | undefined> {
    const { stream, maxLength = 0 } = this.#options
    const args: (string | number)[] = [from.group, from.incarnation, maxLength, from.trims ? 1 : 0]
    for (const [at, { message, json }] of entries.entries()) {
      args.push(ids[at]!)
      addTexts(args, message, json)
    }
    const before = await this.#connection!.run(MOVE, [stream, from.stream, from.incarnationKey], args)
    return Array.isArray(before) ? before.length : undefined
  }

  /** Whether it was written by a call that failed. */
  isThere({ id }: Message): boolean {
    return this.#isThere.size > 0 && this.#isThere.has(id)
  }

  /** They were written by a call that fails. */
  areThere(entries: readonly NewEntry[]): void {
    for (const { message } of entries) this.#isThere.add(message.id)
  }

  /** Whether the server takes writes. @throws what it says to one */
  async probe(): Promise<void> {
    if (this.#unknown !== undefined) return await this.findOut()
    await this.#connection!.run(FENCE, [this.#key], [this.#number, REMEMBERED_MS])
  }

  async close(): Promise<void> {
    await this.#connection?.close()
  }

  async #write(entries: readonly NewEntry[]): Promise<void> {
    for (let at = 0; at < entries.length; at += MOST_PER_WRITE) {
      try {
        await this.#writeSome(entries.slice(at, at + MOST_PER_WRITE))
      } catch (error) {
        // Those before come back with the others.
        for (const { message } of entries.slice(0, at)) this.#isThere.add(message.id)
        throw error
      }
    }
  }

  async #writeSome(entries: readonly NewEntry[]): Promise<void> {
    const { stream, maxLength = 0 } = this.#options
    const number = ++this.#number
    const args: (string | number)[] = [number, maxLength, REMEMBERED_MS]
    for (const { message, json } of entries) addTexts(args, message, json)
    try {
      await this.#connection!.run(WRITE, [stream, this.#key], args)
    } catch (error) {
      if (error instanceof SluiceError && UNKNOWN.has(error.code)) {
        this.#unknown = { number, ids: entries.map(({ message }) => message.id) }
      }
      throw error
    }
  }

  /** What became of a write of which no answer came. @throws what keeps the server from answering; then it is not known yet */
  async findOut(): Promise<void> {
    if (this.#unknown === undefined) return
    const { number, ids } = this.#unknown
    const written = await this.#connection!.run(FENCE, [this.#key], [number, REMEMBERED_MS])
    this.#unknown = undefined
    if (Number(written) !== number) return
    this.#log.info(`an answer was lost: ${ids.length} entries are in "${this.#options.stream}", and not written again`)
    for (const id of ids) this.#isThere.add(id)
  }

  /** Every command that is sent, or run by a script. */
  #commands(): RedisCommand[] {
    const { stream, deduplicate } = this.#options
    return [
      ['type', stream],
      ['xadd', stream, '*', 'data', ''],
      ['eval', 'return 1', 0],
      ['evalsha', FENCE.sha, 0],
      ['hset', this.#key, 'fence', 0],
      ['hget', this.#key, 'written'],
      ['pexpire', this.#key, 1],
      ...(deduplicate
        ? ([
            ['hmget', this.#key, 'written'],
            ['xtrim', stream, 'maxlen', '~', 1],
          ] as const)
        : []),
    ]
  }
}
