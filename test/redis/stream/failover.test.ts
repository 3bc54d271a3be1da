import { expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { startWatched } from '../../support/redis-sentinels.ts'
import type { TestRedis } from '../../support/redis-server.ts'
import { numbersOf, writer } from './streams.ts'

/** More than waits on the way to a replica: of what is written meanwhile some never gets there. */
const WRITTEN = 3000
const PADDING = 'x'.repeat(10_000)

async function numbersIn(server: TestRedis): Promise<readonly number[]> {
  const each = `redis.call('XRANGE', KEYS[1], '-', '+')`
  const script = `local n = {} for _, e in ipairs(${each}) do n[#n + 1] = cjson.decode(e[2][2]).n end return n`
  const told = await server.cli('--json', 'eval', script, 1, 'orders')
  return JSON.parse(told) as number[]
}

test('a failover loses what was acknowledged and no replica had: the newest, and nothing else', async () => {
  const { servers, sentinels } = await startWatched(2, { 'maxmemory-policy': 'noeviction' })
  const [master, replica] = servers as [TestRedis, TestRedis]
  const place = { sentinels: sentinels.map(({ port }) => `127.0.0.1:${port}`), name: 'orders' }
  const { input } = await writer(place)
  const push = (count: number, first: number, padding: string): void =>
    input.push(numbersOf(count, first).map((n) => ({ n, padding })))
  push(100, 0, '')
  await until(
    async () =>
      input.receipts.length === 100 &&
      (await master.info('master_repl_offset')) === (await replica.info('master_repl_offset')),
    () => 'the replica to have the first',
  )
  replica.signal('SIGSTOP')
  push(WRITTEN, 100, PADDING)
  await until(
    () => input.receipts.length === 100 + WRITTEN,
    () => 'the master to have all',
  )
  await master.kill()
  replica.signal('SIGCONT')
  push(100, 100 + WRITTEN, '')
  await until(
    () => input.receipts.length === 200 + WRITTEN,
    () => 'the new master to take what comes then',
  )
  expect(input.outcomes.every((outcome) => outcome.endsWith('acked'))).toBe(true)
  const numbers = await numbersIn(replica)
  const there = new Set(numbers)
  const lost = numbersOf(200 + WRITTEN).filter((n) => !there.has(n))
  process.stdout.write(
    `a failover lost ${lost.length} of ${WRITTEN} messages that were written while the replica stood still\n`,
  )
  expect(lost.length).toBeGreaterThan(0)
  expect(lost).toEqual(numbersOf(lost.length, 100 + WRITTEN - lost.length))
  expect(numbers).toHaveLength(200 + WRITTEN - lost.length)
}, 120_000)
