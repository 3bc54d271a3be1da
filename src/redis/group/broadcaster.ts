import { randomUUID } from 'node:crypto'
import { pauseAfter, type Backoff } from '../../core/backoff.ts'
import type { Log } from '../../core/component.ts'
import type { Env } from '../../core/env.ts'
import { asError, SluiceError } from '../../core/errors.ts'
import type { RedisConnection } from '../connection.ts'
import { passes } from '../errors.ts'
import { groupError } from './errors.ts'
import type { GroupKeys } from './keys.ts'
import type { Patience } from '../patience.ts'
import { BROADCAST, PUBLISH } from './scripts.ts'

/** Between tries; ms. */
const AGAIN: Backoff = { initialMs: 50, maxMs: 1000 }
const MOST_BYTES = 1024 * 1024
/** Nobody knows whether such a command took effect. */
const UNKNOWN: ReadonlySet<string> = new Set(['SLUICE_REDIS_TIMED_OUT', 'SLUICE_REDIS_REPLY_LOST'])
/** Whoever broadcasts shouldn't wait for these to pass: somebody has to make room. */
const TOLD_AT_ONCE: ReadonlySet<string> = new Set(['SLUICE_REDIS_FULL', 'SLUICE_REDIS_DISK'])

interface BroadcasterOptions {
  readonly connection: RedisConnection
  readonly keys: GroupKeys
  readonly member: string
  readonly isKept: boolean
  readonly timeoutMs: number
  readonly maxLength: number
  readonly env: Env
  readonly log: Log
  readonly patience: Patience
}

/** What is sent again must be known as the same. */
interface Broadcast {
  readonly id: string
  readonly text: string
}

/** Sends messages to a group. */
export class Broadcaster {
  readonly #options: BroadcasterOptions
  /** Told once, until there is room again. */
  #isOverfull = false

  constructor(options: BroadcasterOptions) {
    this.#options = options
  }

  /**
   * Where messages are kept, one that is sent again isn't kept twice; where they aren't, nothing is sent again that may
   * have arrived. A try that is under way when the time is over is waited for.
   *
   * @throws SLUICE_GROUP_DATA_INVALID, SLUICE_GROUP_LEFT; SLUICE_GROUP_NOT_CONFIRMED where it may have arrived; and what
   *   Redis has refused it with, such as SLUICE_REDIS_FULL, or SLUICE_REDIS_UNREACHABLE, where it has surely not
   */
  async send(data: unknown): Promise<void> {
    const { env, timeoutMs, patience, isKept } = this.#options
    const broadcast = { id: randomUUID(), text: textOf(data) }
    const until = env.now() + timeoutMs
    let isUncertain = false
    for (let failures = 1; ; failures++) {
      try {
        return await this.#try(broadcast, isUncertain)
      } catch (error) {
        isUncertain ||= error instanceof SluiceError && UNKNOWN.has(error.code)
        const pauseMs = pauseAfter(failures, AGAIN, env.random())
        const isWorthIt = mayPass(error) && (isKept || !isUncertain) && env.now() + pauseMs < until
        if (!isWorthIt || patience.hasEnded) throw isUncertain ? notConfirmed(error) : error
        await patience.pause(pauseMs)
      }
    }
  }

  async #try({ id, text }: Broadcast, mayHaveArrived: boolean): Promise<void> {
    const { connection, keys, member, isKept, maxLength, log, patience } = this.#options
    if (patience.hasEnded) throw groupError('SLUICE_GROUP_LEFT')
    if (!isKept) {
      await connection.run(PUBLISH, [keys.channel], [JSON.stringify({ id, from: member, text })])
      return
    }
    const args = [text, member, id, mayHaveArrived ? 1 : 0, maxLength]
    const removed = Number(await connection.run(BROADCAST, [keys.messages, keys.positions], args))
    const isNews = removed > 0 && !this.#isOverfull
    this.#isOverfull = removed > 0
    if (!isNews) return
    const message = `messages were removed before every member of the group had them: more than ${maxLength} were kept`
    log.warn(message, { removed })
  }
}

function mayPass(error: unknown): boolean {
  return passes(error) && error instanceof SluiceError && !TOLD_AT_ONCE.has(error.code)
}

function notConfirmed(error: unknown): SluiceError {
  const message = `the broadcast was not confirmed, and whether members get it is unknown: ${asError(error).message}`
  return groupError('SLUICE_GROUP_NOT_CONFIRMED', message, error)
}

function textOf(data: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(data)
  } catch (error) {
    throw groupError('SLUICE_GROUP_DATA_INVALID', `what is broadcast is no JSON: ${asError(error).message}`, error)
  }
  if (text === undefined) throw groupError('SLUICE_GROUP_DATA_INVALID', `what is broadcast is no JSON: ${typeof data}`)
  const bytes = Buffer.byteLength(text)
  if (bytes <= MOST_BYTES) return text
  throw groupError(
    'SLUICE_GROUP_DATA_INVALID',
    `what is broadcast has ${bytes} bytes: at most ${MOST_BYTES} may be sent`,
  )
}
