import { firstValueFrom, from } from 'rxjs'
import { expect, onTestFinished, test } from 'vitest'
import { definePipeline } from '../../../src/config/builder.ts'
import { each } from '../../../src/consumers/each.ts'
import type { Running } from '../../../src/daemon/running.ts'
import { start } from '../../../src/daemon/start.ts'
import { redisPubsub } from '../../../src/producers/redis-pubsub.ts'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'

const MAX_UNACKED = 20

/** A pipeline that hears `news`, and whose dead letters are not stored before the test is over. */
async function listener(url: string): Promise<Running> {
  let store!: () => void
  const isOver = new Promise<void>((resolve) => (store = resolve))
  const pipeline = definePipeline('unreadable', (p) => {
    const hearing = redisPubsub({ url, channels: ['news'], whenFull: 'drop-oldest' })
    const news = p.producer('news', hearing, { maxUnacked: MAX_UNACKED })
    const ignore = each(() => {})
    p.consumer('ledger', news, ignore, { demand: 1 })
    p.deadLetters(each(() => isOver))
  })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const running = await start(pipeline, { log, admin: { port: 0 } })
  onTestFinished(() => {
    store()
    return running.stop().then(() => undefined)
  })
  return running
}

/** In one go. */
const publish = (server: TestRedis, count: number) =>
  server.cli('eval', "for _ = 1, ARGV[1] do redis.call('PUBLISH', 'news', '{') end", 0, count)

async function statsOf(running: Running) {
  const [snapshot] = await firstValueFrom(from(running.stats$))
  return snapshot!.stats
}

test('what can not be read has no more room than other messages: what is beyond `maxUnacked` is counted as rejected', async () => {
  const server = await TestRedis.start()
  const running = await listener(server.url)
  await publish(server, 100)
  let told = ''
  await until(
    async () => {
      told = JSON.stringify(await statsOf(running))
      return told.includes('"invalid":100')
    },
    () => told,
  )
  expect((await statsOf(running)).unacked).toBe(MAX_UNACKED)
  expect(told).toContain(`"rejected":${100 - MAX_UNACKED}`)
})
