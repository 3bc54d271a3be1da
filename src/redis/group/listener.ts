import type { Log } from '../../core/component.ts'
import { z } from 'zod'
import { asError, SluiceError } from '../../core/errors.ts'
import type { RedisConnection } from '../connection.ts'
import type { Patience } from '../patience.ts'
import { refusalOf } from '../permissions.ts'
import type { Received, Receiver } from './receiver.ts'

/** Nobody holds a sender back: what comes while so many wait is lost. */
const MOST_WAITING = 1000

/** What is sent by the channel. */
const sent = z.object({ id: z.string(), from: z.string(), text: z.string() })

interface ListenerOptions {
  /** One of its own: it can do nothing else. */
  readonly connection: RedisConnection
  readonly channel: string
  readonly receiver: Receiver
  readonly patience: Patience
  readonly log: Log
  /** How often it is looked whether the server is still there, ms. */
  readonly everyMs: number
}

/**
 * Gives a member what is sent while it listens, at most once: what is sent while it is away, or what its listener fails
 * with, is gone.
 */
export class ChannelListener {
  readonly #options: ListenerOptions
  readonly #waiting: Received[] = []
  #working: Promise<void> | undefined

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  /** @throws SLUICE_REDIS_NOT_PERMITTED, and what keeps the server from answering */
  async listen(): Promise<void> {
    const { connection, channel } = this.#options
    try {
      await connection.subscribe(channel, (text) => this.#take(text))
    } catch (error) {
      const isRefused = error instanceof SluiceError && error.code === 'SLUICE_REDIS_NOT_PERMITTED'
      throw isRefused ? refusalOf(connection, ['subscribe', channel], error) : error
    }
  }

  /** Looks again and again whether the server is there: whoever only listens doesn't see that it is gone. */
  async run(): Promise<void> {
    const { connection, patience, everyMs } = this.#options
    while (!patience.hasEnded) {
      await patience.pause(everyMs)
      // What it fails with the connection itself tells, and mends.
      if (!patience.hasEnded) await connection.send('ping').catch(() => undefined)
    }
    await this.#working
  }

  #take(text: string): void {
    const { receiver, log } = this.#options
    if (this.#waiting.length === MOST_WAITING) {
      return receiver.noteGap('a message of the group is lost: too many wait for `onMessage`', {
        waiting: MOST_WAITING,
      })
    }
    try {
      this.#waiting.push(sent.parse(JSON.parse(text)))
    } catch (error) {
      return log.warn(`what came by the channel of the group is not of a member: ${asError(error).message}`)
    }
    this.#working ??= this.#work().finally(() => (this.#working = undefined))
  }

  async #work(): Promise<void> {
    const { receiver, patience } = this.#options
    while (this.#waiting.length > 0 && !patience.hasEnded) await receiver.once(this.#waiting.shift()!)
  }
}
