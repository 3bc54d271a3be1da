import { expect, onTestFinished, test } from 'vitest'
import { redisOptions } from '../../../src/redis/options.ts'
import { StreamWriter, type NewEntry } from '../../../src/redis/stream/writer.ts'
import { messagesOf } from '../../support/loose.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { finallyFailed, keptLog, open } from '../connecting.ts'
import { numbersOf } from './streams.ts'

/** Entries with the numbers from 0 on, the same ones each time. */
function entriesOf(count: number): readonly NewEntry[] {
  return messagesOf(numbersOf(count)).map((message) => ({ message, json: String(message.data) }))
}

async function opened(given: object): Promise<StreamWriter> {
  const connection = redisOptions.parse({ connectTimeout: '500ms', commandTimeout: '1s', ...given })
  const writer = new StreamWriter(
    { ...connection, stream: 'orders', deduplicate: true, durability: 'memory' },
    keptLog(),
  )
  await writer.open()
  onTestFinished(() => writer.close())
  return writer
}

/** What is in the stream, in its order. */
async function numbersIn(server: TestRedis): Promise<unknown[]> {
  const connection = await open({ url: server.url, commandTimeout: '10s' })
  const entries = (await connection.send('xrange', 'orders', '-', '+')) as [string, string[]][]
  return entries.map(([, [, json]]) => JSON.parse(json!))
}

test('what is there although its answer was lost is not written again, also where a write between is refused', async () => {
  const server = await TestRedis.start({ user: 'ann on >secret ~* +@all' })
  const proxy = await TcpProxy.start(server.port)
  const writer = await opened({ url: proxy.url, username: 'ann', password: 'secret' })
  const entries = entriesOf(3)
  await writer.write(entries.slice(0, 1))
  proxy.answers = 'cut'
  expect((await finallyFailed(() => writer.write(entries.slice(1, 2)))).code).toBe('SLUICE_REDIS_REPLY_LOST')
  proxy.answers = 'pass'
  await server.cli('acl', 'setuser', 'ann', '-xadd')
  await expect(writer.write(entries.slice(1))).rejects.toMatchObject({ code: 'SLUICE_REDIS_NOT_PERMITTED' })
  await server.cli('acl', 'setuser', 'ann', '+xadd')
  await writer.write(entries.slice(1))
  expect(await numbersIn(server)).toEqual([0, 1, 2])
})

test('a call of more entries than one command takes is written whole, once, also where there was no room for a part of it', async () => {
  const server = await TestRedis.start({ 'maxmemory-policy': 'noeviction' })
  const writer = await opened({ url: server.url, commandTimeout: '10s' })
  const entries = entriesOf(250_000)
  await server.cli('config', 'set', 'maxmemory', '9mb')
  await expect(writer.write(entries)).rejects.toMatchObject({ code: 'SLUICE_REDIS_FULL' })
  const before = Number(await server.cli('xlen', 'orders'))
  expect(before).toBeGreaterThan(0)
  expect(before).toBeLessThan(250_000)
  await server.cli('config', 'set', 'maxmemory', 0)
  await writer.write(entries)
  expect(await numbersIn(server)).toEqual(numbersOf(250_000))
})
