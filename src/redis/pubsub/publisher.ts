import type { NodeContext } from '../../core/component.ts'
import { realEnv } from '../../core/env.ts'
import { RedisConnection } from '../connection.ts'
import type { RedisOptions } from '../options.ts'

/** A text, and where it is published. */
export interface Publication {
  readonly channel: string
  readonly json: string
}

/** Publishes texts, and counts who has heard them. */
export class Publisher {
  readonly #options: RedisOptions
  readonly #context: Pick<NodeContext, 'log' | 'metrics'>
  #connection: RedisConnection | undefined

  constructor(options: RedisOptions, context: Pick<NodeContext, 'log' | 'metrics'>) {
    this.#options = options
    this.#context = context
  }

  /** @throws what keeps the server from answering */
  async open(): Promise<void> {
    this.#connection = await RedisConnection.open(this.#options, { env: realEnv, log: this.#context.log })
  }

  /** Resolves when the server has answered all. @throws where it isn't known that all are published */
  async publish(publications: readonly Publication[]): Promise<void> {
    const outcomes = await this.#connection!.sendTogether(
      publications.map(({ channel, json }) => ['publish', channel, json] as const),
    )
    let receivers = 0
    for (const { reply, error } of outcomes) {
      if (error !== undefined) throw error
      receivers += Number(reply)
    }
    if (receivers > 0) this.#context.metrics.add('receivers', receivers)
  }

  /** Whether the server answers. @throws what keeps it from that */
  async probe(): Promise<void> {
    await this.#connection!.send('ping')
  }

  async close(): Promise<void> {
    await this.#connection?.close()
  }
}
