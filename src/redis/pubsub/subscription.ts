import type { ProducerContext } from '../../core/component.ts'
import { realEnv } from '../../core/env.ts'
import { asError, SluiceError } from '../../core/errors.ts'
import { worldOf } from '../../core/world.ts'
import { RedisConnection } from '../connection.ts'
import type { RedisOptions } from '../options.ts'
import { Patience } from '../patience.ts'
import { refusalOf } from '../permissions.ts'

export interface SubscriptionOptions extends RedisOptions {
  readonly channels: readonly string[]
  readonly patterns: readonly string[]
}

/** A server that is gone without a word is found out about by a question, so often; ms. */
const ASK_EVERY_MS = 10_000

/** Hears what is published, by a connection of its own. One that is lost is made anew, and subscribes again. */
export class Subscription {
  readonly #options: SubscriptionOptions
  readonly #context: ProducerContext
  readonly #heard: (channel: string, bytes: Buffer) => void
  readonly #patience: Patience
  #connection: RedisConnection | undefined
  #isSubscribing = false
  #losses = 0
  #isOver = false

  constructor(options: SubscriptionOptions, context: ProducerContext, heard: (channel: string, bytes: Buffer) => void) {
    this.#options = options
    this.#context = context
    this.#heard = heard
    this.#patience = new Patience(worldOf(context), context.log)
  }

  /** @throws SLUICE_REDIS_NOT_PERMITTED, and what keeps the server from answering */
  async open(): Promise<void> {
    const connection = await RedisConnection.open(this.#options, { env: realEnv, log: this.#context.log })
    this.#connection = connection
    try {
      const { client } = connection
      // The client's own way of subscribing again tells nobody where it fails.
      Object.assign(client.options, { autoResubscribe: false })
      client.on('messageBuffer', (channel: Buffer, bytes: Buffer) => this.#heard(channel.toString(), bytes))
      client.on('pmessageBuffer', (_pattern: unknown, channel: Buffer | string, bytes: Buffer) =>
        this.#heard(channel.toString(), bytes),
      )
      client.on('close', () => void this.#losses++)
      client.on('ready', () => void this.#subscribeAgain())
      await this.#subscribe()
    } catch (error) {
      await connection.close()
      throw error
    }
    this.#askLater()
  }

  async close(): Promise<void> {
    this.#isOver = true
    this.#patience.end()
    await this.#connection?.close()
  }

  async #subscribe(): Promise<void> {
    const { channels, patterns } = this.#options
    await this.#subscribeTo('subscribe', channels)
    await this.#subscribeTo('psubscribe', patterns)
  }

  async #subscribeTo(command: 'subscribe' | 'psubscribe', names: readonly string[]): Promise<void> {
    if (names.length === 0) return
    try {
      await this.#connection!.send(command, ...names)
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== 'SLUICE_REDIS_NOT_PERMITTED') throw error
      // The server doesn't say which of them it refuses.
      if (names.length === 1) throw refusalOf(this.#connection!, [command, names[0]!], error)
      for (const name of names) await this.#subscribeTo(command, [name])
    }
  }

  async #subscribeAgain(): Promise<void> {
    if (this.#isSubscribing || this.#isOver) return
    this.#isSubscribing = true
    let losses: number
    do {
      losses = this.#losses
      await this.#patience.insist('subscribe', () => this.#subscribe())
    } while (losses !== this.#losses && !this.#isOver)
    this.#isSubscribing = false
    if (this.#isOver) return
    const { log, metrics } = this.#context
    metrics.add('reconnects')
    log.warn('subscribed again: what was published while the connection was gone is lost')
  }

  /** Where there is no answer, the connection is made anew. */
  #askLater(): void {
    this.#context.clock.after(ASK_EVERY_MS, () => void this.#ask())
  }

  async #ask(): Promise<void> {
    if (this.#isOver) return
    try {
      await this.#connection!.send('ping')
    } catch (error) {
      this.#context.log.debug('no answer', { error: asError(error).message })
      const isSilent = error instanceof SluiceError && error.code === 'SLUICE_REDIS_TIMED_OUT'
      if (isSilent && !this.#isOver) this.#connection!.client.disconnect(true)
    }
    if (!this.#isOver) this.#askLater()
  }
}
