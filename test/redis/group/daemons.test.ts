import { expect, onTestFinished, test } from 'vitest'
import { definePipeline } from '../../../src/config/builder.ts'
import { discard } from '../../../src/consumers/discard.ts'
import { start } from '../../../src/daemon/start.ts'
import { queue } from '../../../src/producers/queue.ts'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { keptLog } from '../connecting.ts'
import { member, received } from './joining.ts'

const ROUNDS = 20

async function joined(url: string, name: string, pipeline?: string) {
  const { running, log } = await daemon(url, name, pipeline)
  await until(
    () => log.lines.includes('info: has joined its group'),
    () => `that it joined:\n${log.lines.join('\n')}`,
  )
  return running
}

async function daemon(url: string, name: string, called = 'orders') {
  const log = keptLog()
  const pipeline = definePipeline(
    called,
    (p) => {
      p.consumer('nowhere', p.producer('numbers', queue<number>()), discard())
    },
    { group: { redis: { url }, member: name, name: 'orders' } },
  )
  const running = await start(pipeline, { log })
  onTestFinished(() => running.stop().then(() => undefined))
  return { running, log }
}

test('the status of a pipeline tells of its group: whether it has joined, and what it was told', async () => {
  const server = await TestRedis.start()
  await server.kill()
  const { running } = await daemon(server.url, 'web-1')
  const group = () => running.statuses[0]!.group
  expect(group()).toEqual({ name: 'orders', member: null, received: 0, failed: 0, gaps: 0 })
  await server.restart()
  await until(
    () => group()?.member === 'web-1',
    () => JSON.stringify(group()),
  )
  await running.pause('orders', undefined, { all: true })
  await until(
    () => group()?.received === 1,
    () => JSON.stringify(group()),
  )
})

test('daemons that are asked for all at the same time agree in the end on what was said last', async () => {
  const server = await TestRedis.start()
  const daemons = [
    await joined(server.url, 'web-1'),
    await joined(server.url, 'web-2'),
    await joined(server.url, 'web-3'),
  ]
  const observer = await member(server.url, 'observer', { name: 'orders' })
  const all = { all: true } as const
  for (let round = 0; round < ROUNDS; round++) {
    const told = await Promise.all([
      daemons[round % 3]!.pause('orders', undefined, all),
      daemons[(round + 1) % 3]!.resume('orders', undefined, all),
    ])
    for (const each of told) expect(each.told).toEqual(['observer', 'web-1', 'web-2', 'web-3'])
    await received(observer, 2 * (round + 1))
    const { action } = observer.got.at(-1) as { readonly action: string }
    const paused = action === 'pause' ? 'numbers' : ''
    const states = (): string[] => daemons.map(({ statuses }) => statuses[0]!.paused.join())
    await until(
      () => states().every((state) => state === paused),
      () => `all to have ${paused} paused: ${states().join(' | ')}`,
    )
  }
})

test('what is asked of one pipeline is not done by another one that is in its group', async () => {
  const server = await TestRedis.start()
  const orders = await joined(server.url, 'web-1')
  const bills = await joined(server.url, 'web-2', 'bills')
  await orders.pause('orders', undefined, { all: true })
  await bills.pause('bills', 'nowhere', { all: true })
  expect([orders, bills].map(({ statuses }) => statuses[0]!.paused.join())).toEqual(['numbers', 'nowhere'])
})
