import { onTestFinished } from 'vitest'
import { z } from 'zod'
import consuming from '../../../src/consumers/redis-stream.ts'
import { defineStage } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import producing from '../../../src/producers/redis-stream.ts'
import { line, type Line, type Part } from '../../support/pipeline.ts'
import type { TestRedis } from '../../support/redis-server.ts'
import { numbersOfStream } from '../../support/stream-numbers.ts'

/** Short, so that a test of a fault doesn't take long. */
const FAST = { connectTimeout: '500ms', commandTimeout: '300ms' }
const PLACE = { stream: 'orders', group: 'workers', create: true, start: 'beginning', claimAfter: '900ms' }

interface Given {
  /** Of the producer, and of the consumer. */
  readonly from?: object
  readonly to?: object
  /** What stands between. */
  readonly stages?: readonly Part[]
  /** What stands beside the consumer. */
  readonly more?: readonly Part[]
  readonly consumer?: string
}

/** A pipeline from the stream `orders` to the stream `copies`. */
export async function bridge(
  url: string,
  { from = {}, to = {}, stages = [], more = [], consumer = 'one' }: Given = {},
): Promise<Line> {
  const settings = { giveUpAfterMs: 60_000 }
  const last = stages.at(-1)
  const made = line([
    { name: 'orders', component: producing, options: { ...FAST, ...PLACE, url, consumer, ...from }, settings },
    ...stages,
    { name: 'copies', component: consuming, options: { ...FAST, url, stream: 'copies', ...to }, settings },
    ...more.map((part) => ({ from: last?.name ?? last?.component.name ?? 'orders', ...part })),
  ])
  onTestFinished(() => made.graph.stop().then(() => undefined))
  await made.graph.start()
  return made
}

/** A stage that does something with each message, and lets it pass. */
export function through(handle: (message: Message<{ n: number }>) => unknown, settings: Part['settings'] = {}): Part {
  const component = defineStage({
    name: 'through',
    summary: 'Lets messages pass.',
    options: z.strictObject({}),
    create: () => ({
      map: async (data: { n: number }, message: Message) => {
        await handle(message as Message<{ n: number }>)
        return data
      },
    }),
  })
  return { component, settings: { concurrency: 10, ...settings } }
}

/** Numbers of the copies, in their order. */
export const copiesIn = (server: TestRedis): Promise<readonly number[]> => numbersOfStream(server, 'copies')
