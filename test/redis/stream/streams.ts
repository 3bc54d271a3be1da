import { onTestFinished } from 'vitest'
import { z } from 'zod'
import consuming from '../../../src/consumers/redis-stream.ts'
import { defineConsumer, type CallInfo } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import type { NodeSettings } from '../../../src/core/spec.ts'
import producing from '../../../src/producers/redis-stream.ts'
import { feed, type Feed } from '../../support/ends.ts'
import { line, type Line } from '../../support/pipeline.ts'
import type { TestRedis } from '../../support/redis-server.ts'

/** Short, so that a test of a fault doesn't take long. */
const FAST = { connectTimeout: '500ms', commandTimeout: '300ms' }
const PLACE = { stream: 'orders', group: 'workers', create: true, start: 'beginning', claimAfter: '900ms' }
/** Asked for at most. */
const DEMAND = 10

/** What a test sees of a message. */
export type Seen = Pick<Message<{ n: number }>, 'id' | 'key' | 'data' | 'headers' | 'time' | 'attempt'>

export interface Reader extends Line {
  readonly seen: Seen[]
  /** Numbers, in the order in which they came. */
  readonly numbers: number[]
}

interface Given {
  readonly handler?: (message: Message<{ n: number }>, call: CallInfo) => unknown
  readonly settings?: NodeSettings
  /** Whether it is open when this resolves. */
  readonly isAwaited?: boolean
  /** Of the producer. */
  readonly producer?: NodeSettings
}

/** A pipeline that reads `orders`; what the handler throws fails the message back. */
export async function reader(
  options: object,
  { handler = () => undefined, settings, producer, isAwaited = true }: Given = {},
): Promise<Reader> {
  const seen: Seen[] = []
  const numbers: number[] = []
  const component = defineConsumer({
    name: 'seeing',
    summary: 'Sees what is read.',
    options: z.strictObject({}),
    create: () => ({
      each: (_data: unknown, message: Message, call: CallInfo) => {
        const { id, key, data, headers, time, attempt } = message as Message<{ n: number }>
        seen.push({ id, key, data, headers, time, attempt })
        numbers.push(data?.n)
        return handler(message as Message<{ n: number }>, call)
      },
    }),
  })
  const made = line([
    {
      component: producing,
      options: { ...FAST, ...PLACE, ...options },
      settings: { giveUpAfterMs: 60_000, ...producer },
    },
    { component, settings: { concurrency: DEMAND, ...settings } },
  ])
  onTestFinished(() => made.graph.stop().then(() => undefined))
  if (isAwaited) await made.graph.start()
  else made.graph.start().catch(() => {}) // It ends with its test.
  return { ...made, seen, numbers }
}

export interface Writer extends Line {
  readonly input: Feed
}

/** A pipeline that writes to `orders` what a test pushes. */
export async function writer(options: object, settings: NodeSettings = {}): Promise<Writer> {
  const input = feed()
  const made = line([
    input,
    {
      component: consuming,
      options: { ...FAST, stream: 'orders', ...options },
      settings: { giveUpAfterMs: 60_000, ...settings },
    },
  ])
  onTestFinished(() => made.graph.stop().then(() => undefined))
  await made.graph.start()
  return { ...made, input }
}

/** Adds entries as our consumer writes them, numbered from `first` on. */
export async function add(server: TestRedis, count: number, first = 0): Promise<void> {
  const each = `redis.call('XADD', KEYS[1], '*', 'data', '{"n":' .. n .. '}')`
  await server.cli('eval', `for n = ${first}, ${first + count - 1} do ${each} end`, 1, 'orders')
}

/** How many entries nobody has acknowledged. */
export async function pendingOf(server: TestRedis): Promise<number> {
  return Number((await server.cli('xpending', 'orders', 'workers')).split('\n')[0])
}

export const numbersOf = (count: number, first = 0): number[] => Array.from({ length: count }, (_, at) => first + at)

export const said = ({ log, graph }: Reader): string =>
  `${log.map(({ message }) => message).join('\n')}\n${JSON.stringify(graph.stats().nodes)}`
