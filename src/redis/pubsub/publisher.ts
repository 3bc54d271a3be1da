import type { NodeContext } from '../../core/component.ts'
import { realEnv } from '../../core/env.ts'
import { SluiceError } from '../../core/errors.ts'
import { RedisConnection } from '../connection.ts'
import type { RedisOptions } from '../options.ts'
import { permissionProblem } from '../permissions.ts'

/** A text, and where it is published. */
export interface Publication {
  readonly channel: string
  readonly json: string
}

export interface PublisherOptions extends RedisOptions {
  /** Of all that is published, where it is the same. */
  readonly channel?: string | undefined
}

/** Publishes texts, and counts who has heard them. */
export class Publisher {
  readonly #options: PublisherOptions
  readonly #context: Pick<NodeContext, 'log' | 'metrics'>
  #connection: RedisConnection | undefined

  constructor(options: PublisherOptions, context: Pick<NodeContext, 'log' | 'metrics'>) {
    this.#options = options
    this.#context = context
  }

  /** @throws SLUICE_REDIS_NOT_PERMITTED, and what keeps the server from answering */
  async open(): Promise<void> {
    const connection = await RedisConnection.open(this.#options, { env: realEnv, log: this.#context.log })
    this.#connection = connection
    try {
      await this.#check(connection)
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  /** A channel that an expression gives is known with its message only. */
  async #check(connection: RedisConnection): Promise<void> {
    const { channel } = this.#options
    if (channel === undefined) return
    for (const server of connection.servers()) {
      const problem = await permissionProblem(server, [['publish', channel, '']])
      if (problem instanceof SluiceError) throw problem
      if (problem !== undefined) this.#context.log.warn(problem)
    }
  }

  /**
   * Resolves when the server has answered all.
   *
   * @returns what each was refused with, where others are published: undefined for those
   * @throws where it isn't known that any is published
   */
  async publish(publications: readonly Publication[]): Promise<readonly unknown[]> {
    const outcomes = await this.#connection!.sendTogether(
      publications.map(({ channel, json }) => ['publish', channel, json] as const),
    )
    const errors = outcomes.map(({ error }) => error)
    const [first] = errors
    if (first !== undefined && !errors.includes(undefined)) throw first
    const receivers = outcomes.reduce((sum, { reply }) => sum + Number(reply ?? 0), 0)
    if (receivers > 0) this.#context.metrics.add('receivers', receivers)
    return errors
  }

  /** Whether the server answers. @throws what keeps it from that */
  async probe(): Promise<void> {
    await this.#connection!.send('ping')
  }

  async close(): Promise<void> {
    await this.#connection?.close()
  }
}
