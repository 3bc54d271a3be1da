import type { Log } from '../../core/component.ts'
import { realEnv } from '../../core/env.ts'
import { SluiceError } from '../../core/errors.ts'
import { RedisConnection } from '../connection.ts'
import type { RedisCommand } from '../sender.ts'
import { checkGroup } from './check-group.ts'
import { textsOf, type FailedDelivery } from './failed-delivery.ts'
import type { GroupOptions } from './group-options.ts'
import { idBelow } from './entry-id.ts'
import type { Entry } from './entry.ts'
import { streamError } from './errors.ts'
import { keyBeside } from '../key-beside.ts'
import { Incarnation } from './incarnation.ts'
import { lastGiven } from './last-given.ts'
import { connectionNameOf } from './namesakes.ts'
import { entriesOf, replyOf } from './replies.ts'
import { FAILED, MISSED, RENEW } from './scripts.ts'

/** What became of one: see the script. */
export const [COMES_AGAIN, IS_DEAD, WAS_DELETED] = [0, 1, 2] as const

/** A read waits so long in the server for something to come: of an idle group there are no other commands. */
export const LONGEST_BLOCK_MS = 10_000
/** In one command. */
const MOST_IDS = 1000
/** In one script, whose texts all pass through the server's own stack. */
const MOST_FAILED = 200
/** Counts of failures are forgotten so long after the last one. */
const COUNTS_KEPT_MS = 7 * 24 * 3600 * 1000

/** One consumer of a group of a stream: its commands, by two connections, one of which waits for what is new. */
export class StreamGroup {
  readonly consumer: string
  readonly #options: GroupOptions
  readonly #log: Log
  readonly #failures: string
  readonly incarnation: Incarnation
  #connection: RedisConnection | undefined
  #waiting: RedisConnection | undefined
  #isOver = false
  #interrupts = 0
  /** Something new, since the last look for what was missed. */
  #hasRead = true

  constructor(options: GroupOptions, consumer: string, log: Log) {
    this.#options = options
    this.#log = log
    this.consumer = consumer
    this.#failures = keyBeside(options.stream, options.group, 'failed')
    this.incarnation = new Incarnation(options)
  }

  /** For people. */
  get name(): string {
    return `the group "${this.#options.group}" of "${this.#options.stream}"`
  }

  /**
   * Connects, compares the server with what is asked of it, and creates the group where that was asked for.
   *
   * @returns the id up to which entries have been given to the group
   * @throws SLUICE_STREAM_GROUP_MISSING, SLUICE_REDIS_WRONG_TYPE, SLUICE_REDIS_NOT_PERMITTED, SLUICE_REDIS_CROSS_SLOT, and
   *   what keeps the server from answering
   */
  async open(): Promise<string> {
    const { stream, group } = this.#options
    const name = connectionNameOf({ stream, group, consumer: this.consumer })
    const connection = await RedisConnection.open(this.#options, { env: realEnv, log: this.#log, name })
    this.#connection = connection
    const keys = [this.#failures, this.incarnation.key] as const
    const checked = { options: this.#options, consumer: this.consumer, keys, name }
    try {
      for (const note of await checkGroup(connection, checked)) this.#log.warn(note)
      return await this.#begin(connection)
    } catch (error) {
      await this.close()
      throw error
    }
  }

  missing(cause?: unknown): SluiceError {
    return streamError('SLUICE_STREAM_GROUP_MISSING', `${this.name} is not there`, cause)
  }

  /** Creates the group, and the stream; one that somebody else has created meanwhile is as good. */
  create(from: string): Promise<void> {
    return this.incarnation.create(this.#main, from)
  }

  /** Looks which group of that name there is. */
  identify(): Promise<void> {
    return this.incarnation.look(this.#main)
  }

  /** Makes entries this consumer's that a group knows nothing of, because it was created anew. */
  async reclaim(ids: readonly string[]): Promise<void> {
    const { stream, group } = this.#options
    for (let at = 0; at < ids.length; at += MOST_IDS) {
      const some = ids.slice(at, at + MOST_IDS)
      await this.#main.send('xclaim', stream, group, this.consumer, 0, ...some, 'force', 'justid')
    }
  }

  async streamExists(): Promise<boolean> {
    return Number(await this.#main.send('exists', this.#options.stream)) === 1
  }

  /** What was given to this consumer behind an id, and has no outcome. Its idle time begins anew. */
  async readOwn(behind: string, count: number): Promise<readonly Entry[]> {
    return entriesOf(await this.#main.send(...this.#read(count), 'streams', this.#options.stream, behind))
  }

  /** Of these entries those that are this consumer's. */
  async readAgain(ids: readonly string[]): Promise<readonly Entry[]> {
    const { stream } = this.#options
    const outcomes = await this.#main.sendTogether(
      ids.map((id) => [...this.#read(1), 'streams', stream, idBelow(id)] as const),
    )
    return outcomes.flatMap((outcome, index) => entriesOf(replyOf(outcome)).filter(([id]) => id === ids[index]))
  }

  /** What is new, at most so much; waits for it. None where nothing has come in time. */
  async readNew(count: number, blockMs: number): Promise<readonly Entry[]> {
    const seen = this.#interrupts
    this.#waiting ??= await this.#connectWaiting()
    if (seen !== this.#interrupts) return []
    const read = [...this.#read(count), 'block', Math.max(1, Math.ceil(blockMs))] as const
    const entries = entriesOf(await this.#waiting.send(...read, 'streams', this.#options.stream, '>'))
    this.#hasRead ||= entries.length > 0
    return entries
  }

  /** Ends a wait. What comes at that moment may have been given to this consumer, which isn't told. */
  async interrupt(): Promise<void> {
    this.#interrupts++
    const waiting = this.#waiting
    this.#waiting = undefined
    await waiting?.close()
  }

  /** Takes over what others, or this consumer, have had for longer than `claimAfter`, at most so much. */
  async takeOver(
    from: string,
    count: number,
  ): Promise<{ readonly next: string; readonly entries: readonly Entry[]; readonly deleted: readonly string[] }> {
    const { stream, group, claimAfter } = this.#options
    const claim = ['xautoclaim', stream, group, this.consumer, claimAfter, from, 'count', count] as const
    const [next, entries, deleted = []] = (await this.#main.send(...claim)) as [string, (Entry | null)[], string[]?]
    return { next, entries: entries.filter((entry) => entry !== null), deleted }
  }

  /** How many entries were deleted before the group was given them, since the last look; 0 where nothing was read since. */
  async missed(): Promise<number> {
    if (!this.#hasRead) return 0
    const { stream, group } = this.#options
    const missed = Number(await this.#main.run(MISSED, [stream], [group]))
    this.#hasRead = false
    return missed
  }

  /** How often deliveries of these have failed, where that is counted. */
  async failuresOf(ids: readonly string[]): Promise<readonly number[]> {
    if (this.#options.deadLetters === undefined || ids.length === 0) return ids.map(() => 0)
    const counts = (await this.#main.send('hmget', this.#failures, ...ids)) as (string | null)[]
    return counts.map((count) => Number(count ?? 0))
  }

  /** @param counted those of them of which a failure was counted. @throws where it isn't known whether all are */
  async ack(ids: readonly string[], counted: readonly string[] = []): Promise<void> {
    const { stream, group, trim, deadLetters } = this.#options
    const commands: RedisCommand[] = []
    for (let at = 0; at < ids.length; at += MOST_IDS) {
      const some = ids.slice(at, at + MOST_IDS)
      commands.push(['xack', stream, group, ...some])
      if (trim === 'acked') commands.push(['xdel', stream, ...some])
    }
    for (let at = 0; deadLetters !== undefined && at < counted.length; at += MOST_IDS) {
      commands.push(['hdel', this.#failures, ...counted.slice(at, at + MOST_IDS)])
    }
    for (const outcome of await this.#main.sendTogether(commands)) replyOf(outcome)
  }

  /** Others don't take these over for another `claimAfter`. @returns those that are this consumer's no more */
  async renew(ids: readonly string[]): Promise<readonly string[]> {
    const { stream, group } = this.#options
    const gone: string[] = []
    for (let at = 0; at < ids.length; at += MOST_IDS) {
      const some = ids.slice(at, at + MOST_IDS)
      gone.push(...((await this.#main.run(RENEW, [stream], [group, this.consumer, ...some])) as string[]))
    }
    return gone
  }

  /** Counts what has failed, and stores the letters of what is dead. @returns what became of each */
  async failed(deliveries: readonly FailedDelivery[]): Promise<readonly number[]> {
    const { stream, group, trim, deadLetters } = this.#options
    if (deadLetters === undefined) return deliveries.map(() => COMES_AGAIN)
    const keys = [stream, this.#failures, deadLetters.stream]
    const common = [group, this.consumer, COUNTS_KEPT_MS, deadLetters.attempts, trim === 'acked' ? 1 : 0]
    const outcomes: number[] = []
    for (let at = 0; at < deliveries.length; at += MOST_FAILED) {
      const each = deliveries.slice(at, at + MOST_FAILED).flatMap(textsOf)
      outcomes.push(...((await this.#main.run(FAILED, keys, [...common, ...each])) as number[]))
    }
    return outcomes
  }

  /** The bytes of an entry, names and values in turn; undefined where it is gone. */
  async bytesOf(id: string): Promise<readonly Buffer[] | undefined> {
    const reply = await this.#main.sendForBytes('xrange', this.#options.stream, id, id)
    return (reply as unknown as readonly (readonly [Buffer, readonly Buffer[]])[])[0]?.[1]
  }

  async close(): Promise<void> {
    this.#isOver = true
    await this.interrupt()
    await this.#connection?.close()
  }

  async #begin(connection: RedisConnection): Promise<string> {
    const known = await lastGiven(connection, this.#options, this.#log)
    await this.identify()
    if (known !== undefined) return known
    if (!this.#options.create) throw this.missing()
    const { start } = this.#options
    await this.create(start === 'new' ? '$' : start === 'beginning' ? '0' : start)
    return (await lastGiven(connection, this.#options, this.#log)) ?? '0-0'
  }

  get #main(): RedisConnection {
    return this.#connection!
  }

  #read(count: number): ['xreadgroup', ...(string | number)[]] {
    return ['xreadgroup', 'group', this.#options.group, this.consumer, 'count', count]
  }

  async #connectWaiting(): Promise<RedisConnection> {
    const world = { env: realEnv, log: this.#log, profile: 'blocking', longestBlockMs: LONGEST_BLOCK_MS } as const
    const connection = await RedisConnection.open(this.#options, world)
    if (this.#isOver) await connection.close()
    return connection
  }
}
