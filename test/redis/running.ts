import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { definePipeline } from '../../src/config/builder.ts'
import { each } from '../../src/consumers/each.ts'
import type { Running } from '../../src/daemon/running.ts'
import { start } from '../../src/daemon/start.ts'
import type { RedisStoreInput } from '../../src/overflow/redis-store/redis.ts'
import type { Ticket } from '../../src/kit/feed/ticket.ts'
import { queue } from '../../src/producers/queue.ts'
import { until } from '../e2e/process.ts'

/** What an owner has handed out at most without having heard of it. */
const DEMAND = 10
/** Outcomes until a commit, as many while it is written, and what is handed out. */
export const BOUND = 2000 + DEMAND

interface Lost {
  readonly from: number
  readonly to: number
}

/**
 * A pipeline whose numbers, from 1 on, are stored in Redis before they count as taken, and go to a consumer that can be told
 * to stand still. The store numbers messages from 1 on as well, so what it says of a number is said of that message.
 */
export class RunningPipeline {
  running!: Running
  /** Numbers that were acked, and all that were delivered, in order. */
  readonly acked: number[] = []
  readonly delivered: number[] = []
  /** Ranges that the log has told lost; `to` is behind the last. */
  readonly lost: Lost[] = []
  readonly lines: string[] = []
  readonly #numbers = queue<number>()
  readonly #store: RedisStoreInput
  readonly #underWay = new Set<Promise<unknown>>()
  #given = 0
  #isShut = false
  #passes: (() => void)[] = []

  private constructor(store: RedisStoreInput) {
    this.#store = store
  }

  static async start(store: RedisStoreInput): Promise<RunningPipeline> {
    // Each test has a server of its own, and nothing to do with what another has stored.
    const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
    vi.stubEnv('SLUICE_DATA_DIR', folder)
    onTestFinished(async () => {
      vi.unstubAllEnvs()
      await rm(folder, { recursive: true })
    })
    const pipeline = new RunningPipeline(store)
    await pipeline.open()
    onTestFinished(async () => {
      pipeline.pass()
      await pipeline.running.stop()
    })
    return pipeline
  }

  get status() {
    return this.running.statuses[0]!
  }

  get overflow() {
    return this.status.overflows[0]!
  }

  async open(): Promise<void> {
    const pipeline = definePipeline('orders', (p) => {
      const { durability, ...store } = this.#store
      const redis = { connectTimeout: '500ms', commandTimeout: '300ms', lease: '900ms', ...store }
      const durable = { store: { redis }, ...(durability === undefined ? {} : { durability }) }
      const numbers = p.producer('numbers', this.#numbers, { durable })
      p.consumer(
        'ledger',
        numbers,
        each((n: number) => this.#deliver(n)),
        { demand: DEMAND, concurrency: 1 },
      )
    })
    const at = (level: string) => (message: string, fields?: object) => this.#heard(`${level}: ${message}`, fields)
    const log = { debug() {}, info: at('info'), warn: at('warn'), error: at('error') }
    this.running = await start(pipeline, { log, admin: { port: 0 } })
  }

  /** Gives so many more numbers, and remembers which of them are acked. */
  async give(count: number): Promise<void> {
    for (let given = 0; given < count; given++) {
      const number = ++this.#given
      const ticket = await this.#numbers.push(number)
      const settled = this.#hear(number, ticket).finally(() => this.#underWay.delete(settled))
      this.#underWay.add(settled)
    }
  }

  /** Resolves when everything that was given has an outcome. */
  async settled(): Promise<void> {
    await until(
      () => this.#underWay.size === 0,
      () => `${this.#underWay.size} outcomes; ${this.overflow.trouble}:\n${this.lines.join('\n')}`,
    )
  }

  /** The consumer stands still. */
  shut(): void {
    this.#isShut = true
  }

  pass(): void {
    this.#isShut = false
    for (const pass of this.#passes.splice(0)) pass()
  }

  /** Resolves when all is delivered or lost; a store that is being opened again has nothing, as far as it knows. */
  async emptied(): Promise<void> {
    await until(
      () => this.overflow.stored === 0 && this.overflow.waiting === 0 && this.missing().length === 0,
      () => `an empty store: ${JSON.stringify(this.overflow)}\n${this.lines.join('\n')}`,
    )
  }

  async health(): Promise<{ readonly status: string }> {
    return (await (await fetch(`${this.running.adminUrl}/health`)).json()) as { status: string }
  }

  isLost(number: number): boolean {
    return this.lost.some(({ from, to }) => from <= number && number < to)
  }

  /** Acked numbers that were neither delivered nor named as lost. */
  missing(): number[] {
    const there = new Set(this.delivered)
    return this.acked.filter((number) => !there.has(number) && !this.isLost(number))
  }

  /** Numbers whose first delivery came behind a later one. */
  tooLate(): number[] {
    const seen = new Set<number>()
    let furthest = 0
    return this.delivered.filter((number) => {
      const isLate = !seen.has(number) && number < furthest
      seen.add(number)
      furthest = Math.max(furthest, number)
      return isLate
    })
  }

  get duplicates(): number {
    return this.delivered.length - new Set(this.delivered).size
  }

  async #hear(number: number, { done }: Ticket): Promise<void> {
    const { outcome } = await done
    if (outcome === 'acked') this.acked.push(number)
  }

  #deliver(number: number): void | Promise<void> {
    const deliver = (): void => void this.delivered.push(number)
    if (!this.#isShut) return deliver()
    return new Promise<void>((resolve) => this.#passes.push(resolve)).then(deliver)
  }

  #heard(line: string, fields: object = {}): void {
    this.lines.push(`${line} ${JSON.stringify(fields)}`)
    if (line.endsWith('overflow lost messages')) this.lost.push(fields as Lost)
  }
}
