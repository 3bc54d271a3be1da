import { onTestFinished } from 'vitest'
import consuming from '../../../src/consumers/redis-list.ts'
import type { CallInfo } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import type { NodeSettings } from '../../../src/core/spec.ts'
import producing from '../../../src/producers/redis-list.ts'
import { until } from '../../e2e/process.ts'
import { collect, feed, type Feed } from '../../support/ends.ts'
import { line, type Line } from '../../support/pipeline.ts'
import type { TestRedis } from '../../support/redis-server.ts'

/** Short, so that a test of a fault doesn't take long. */
const FAST = { connectTimeout: '500ms', commandTimeout: '300ms' }
/** Asked for at most. */
export const DEMAND = 10

export interface Reader extends Line {
  readonly messages: Message[]
  /** What came, in the order in which it came. */
  readonly values: unknown[]
}

interface Given {
  readonly handler?: (data: unknown, message: Message, call: CallInfo) => void | Promise<void>
  readonly settings?: NodeSettings
  /** Of the producer. */
  readonly producer?: NodeSettings
  readonly stopTimeoutMs?: number
}

/** A pipeline that pops from `jobs`; what the handler throws fails the message back. */
export async function reader(options: object, given: Given = {}): Promise<Reader> {
  const end = collect(given.handler)
  const settings = { giveUpAfterMs: 60_000, onFailure: 'origin', ...given.producer } as NodeSettings
  const parts = [
    { component: producing, options: { ...FAST, list: 'jobs', ...options }, settings },
    { ...end, settings: { concurrency: DEMAND, demand: { max: DEMAND }, ...given.settings } },
  ]
  const made = line(parts, undefined, given.stopTimeoutMs)
  onTestFinished(() => made.graph.stop().then(() => undefined))
  await made.graph.start()
  return { ...made, messages: end.messages, values: end.values }
}

export interface Writer extends Line {
  readonly input: Feed
}

/** A pipeline that pushes to `jobs` what a test pushes. */
export async function writer(options: object, settings: NodeSettings = {}): Promise<Writer> {
  const input = feed()
  const component = { component: consuming, options: { ...FAST, list: 'jobs', ...options } }
  const made = line([input, { ...component, settings: { giveUpAfterMs: 60_000, ...settings } }])
  onTestFinished(() => made.graph.stop().then(() => undefined))
  await made.graph.start()
  return { ...made, input }
}

/** Pushes numbers from `first` on to the tail of `jobs`. */
export async function add(server: TestRedis, count: number, first = 0): Promise<void> {
  await server.cli('rpush', 'jobs', ...numbersOf(count, first))
}

/** What is in `jobs`. */
export async function stored(server: TestRedis): Promise<string[]> {
  const told = await server.cli('lrange', 'jobs', 0, -1)
  return told === '' ? [] : told.split('\n')
}

export const numbersOf = (count: number, first = 0): number[] => Array.from({ length: count }, (_, at) => first + at)

export const told = ({ log, graph }: Line): string =>
  `${log.map(({ message }) => message).join('\n')}\n${JSON.stringify(graph.stats().nodes)}`

/** Resolves when the server has a pop that waits. */
export async function waiting(server: TestRedis): Promise<void> {
  await until(
    async () => (await server.info('blocked_clients')) === '1',
    () => 'it to wait',
  )
}
