import type { Log } from '../../core/component.ts'
import { realEnv } from '../../core/env.ts'
import { SluiceError } from '../../core/errors.ts'
import { checkServers } from '../checks.ts'
import { RedisConnection } from '../connection.ts'
import type { RedisOptions } from '../options.ts'
import type { RedisCommand, RedisReply } from '../sender.ts'
import { mustBeList } from './type.ts'

export interface QueueOptions extends RedisOptions {
  readonly list: string
  /** A list for entries that have failed too often, or can't be read. */
  readonly deadLetters?: { readonly list: string; readonly attempts: number } | undefined
}

/** A pop waits so long in the server for something to come: of an idle list there are no other commands. */
const BLOCK_SECONDS = 6
/** A pop that is under way may reach the server a little later than the word that it is to end. */
const MOST_UNBLOCKS = 100
/** In one command, whose arguments all pass through the stack. */
const MOST_PER_PUSH = 10_000

/** A list whose head is taken, by two connections, one of which waits for what is new. */
export class ListQueue {
  readonly #options: QueueOptions
  readonly #log: Log
  #connection: RedisConnection | undefined
  #waiting: RedisConnection | undefined
  /** By which the server knows the connection that waits. */
  #waitingId: number | undefined
  #isBlocked = false
  #isOver = false
  #interrupts = 0

  constructor(options: QueueOptions, log: Log) {
    this.#options = options
    this.#log = log
  }

  /** @throws SLUICE_REDIS_WRONG_TYPE, SLUICE_REDIS_NOT_PERMITTED, and what keeps the server from answering */
  async open(): Promise<void> {
    const connection = await RedisConnection.open(this.#options, { env: realEnv, log: this.#log })
    this.#connection = connection
    try {
      for (const note of await this.#check(connection)) this.#log.warn(note)
      const { list, deadLetters } = this.#options
      await mustBeList(connection, list)
      if (deadLetters !== undefined) await mustBeList(connection, deadLetters.list)
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  /** Whether the server answers. @throws what keeps it from that */
  async ping(): Promise<void> {
    await this.#main.send('ping')
  }

  /** Pops at most so many from the head, in order; none where the list is empty. */
  async pop(count: number): Promise<readonly Buffer[]> {
    return textsOf(await this.#main.sendForBytes('lmpop', 1, this.#options.list, 'left', 'count', count))
  }

  /** The same, and waits for something to come; none where nothing has come in time. */
  async popOrWait(count: number): Promise<readonly Buffer[]> {
    const seen = this.#interrupts
    const waiting = (this.#waiting ??= await this.#connectWaiting())
    if (seen !== this.#interrupts || this.#isOver) return []
    this.#isBlocked = true
    try {
      const command = ['blmpop', BLOCK_SECONDS, 1, this.#options.list, 'left', 'count', count] as const
      return textsOf(await waiting.sendForBytes(...command))
    } catch (error) {
      // The server may wait still: without its connection it has nobody to pop for.
      await this.#dropWaiting(waiting)
      throw error
    } finally {
      this.#isBlocked = false
    }
  }

  /**
   * Ends a wait, such that nothing is popped that nobody is told of. In a cluster, and where the user may not run CLIENT
   * ID or CLIENT UNBLOCK, it ends by itself.
   */
  async interrupt(): Promise<void> {
    this.#interrupts++
    const id = this.#waitingId
    if (id === undefined) return
    try {
      for (let tries = 0; this.#isBlocked && tries < MOST_UNBLOCKS; tries++) {
        if (Number(await this.#main.send('client', 'unblock', id)) === 1) return
      }
    } catch (error) {
      this.#log.debug('the wait could not be ended', { error: (error as Error).message })
    }
  }

  /** Puts texts at the head, so that the first is the first again. @throws where it isn't known whether all are there */
  async pushBack(texts: readonly Buffer[]): Promise<void> {
    for (let end = texts.length; end > 0; end -= MOST_PER_PUSH) {
      const some = texts.slice(Math.max(0, end - MOST_PER_PUSH), end)
      await this.#main.send('lpush', this.#options.list, ...some.toReversed())
    }
  }

  /**
   * Puts texts behind the dead letters; or back, where that fails and nobody can wait any more.
   *
   * @returns whether they are dead letters
   * @throws where it isn't known whether all are there
   */
  async pushDead(texts: readonly Buffer[], orBack: boolean): Promise<boolean> {
    try {
      for (let at = 0; at < texts.length; at += MOST_PER_PUSH) {
        await this.#main.send('rpush', this.#options.deadLetters!.list, ...texts.slice(at, at + MOST_PER_PUSH))
      }
      return true
    } catch (error) {
      if (!orBack) throw error
      await this.pushBack(texts)
      return false
    }
  }

  async close(): Promise<void> {
    this.#isOver = true
    if (this.#waiting !== undefined) await this.#dropWaiting(this.#waiting)
    await this.#connection?.close()
  }

  get #main(): RedisConnection {
    return this.#connection!
  }

  async #connectWaiting(): Promise<RedisConnection> {
    const world = { env: realEnv, log: this.#log, profile: 'blocking', longestBlockMs: BLOCK_SECONDS * 1000 } as const
    const connection = await RedisConnection.open(this.#options, world)
    if (this.#isOver) await connection.close()
    // In a cluster nobody knows which server it would be asked of.
    else if (this.#options.cluster === undefined) this.#waitingId = await this.#idOf(connection)
    // Connected again it has another id: there is a new one then.
    connection.client.once('close', () => void this.#dropWaiting(connection))
    return connection
  }

  /** Undefined where the user may not ask: then a wait ends by itself. */
  async #idOf(connection: RedisConnection): Promise<number | undefined> {
    try {
      return Number(await connection.send('client', 'id'))
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'SLUICE_REDIS_NOT_PERMITTED') return undefined
      await connection.close()
      throw error
    }
  }

  async #dropWaiting(connection: RedisConnection): Promise<void> {
    if (this.#waiting === connection) {
      this.#waiting = undefined
      this.#waitingId = undefined
    }
    await connection.close()
  }

  /** An eviction takes what others have written, which is theirs to decide: it is only told. */
  async #check(connection: RedisConnection): Promise<readonly string[]> {
    const { list, deadLetters } = this.#options
    const commands: readonly RedisCommand[] = [
      ...(deadLetters === undefined ? [] : ([['rpush', deadLetters.list, '']] as const)),
      ['type', list],
      ['lmpop', 1, list, 'left', 'count', 1],
      ['blmpop', BLOCK_SECONDS, 1, list, 'left', 'count', 1],
      ['lpush', list, ''],
    ]
    try {
      return await checkServers(connection, { durability: 'memory', commands })
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'SLUICE_REDIS_EVICTS') return [error.message]
      throw error
    }
  }
}

/** What LMPOP gives of one list. */
function textsOf(reply: RedisReply): readonly Buffer[] {
  return (reply as readonly [Buffer, readonly Buffer[]] | null)?.[1] ?? []
}
