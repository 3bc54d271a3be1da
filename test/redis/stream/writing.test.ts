import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { startCluster } from '../../support/redis-cluster.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { numbersOf, reader, writer } from './streams.ts'

const objects = (count: number, first = 0) => numbersOf(count, first).map((n) => ({ n }))

describe('a redis-stream consumer', () => {
  test('writes what a redis-stream producer makes the same messages of', async () => {
    const server = await TestRedis.start()
    const { input } = await writer({ url: server.url })
    input.push(objects(3), { key: 'ä', headers: { trace: 'x y' }, time: 1_700_000_000_123 })
    input.push(objects(1, 3))
    await until(
      () => input.receipts.length === 4,
      () => 'all to be acked',
    )
    const run = await reader({ url: server.url })
    await until(
      () => run.seen.length === 4,
      () => 'all',
    )
    expect(run.numbers).toEqual(numbersOf(4))
    expect(run.seen[0]).toMatchObject({ key: 'ä', headers: { trace: 'x y' }, time: 1_700_000_000_123 })
    expect(run.seen[3]).toMatchObject({ key: undefined, headers: {} })
    expect(run.seen.map(({ id }) => id)).toEqual(input.receipts.map(({ message }) => message.id))
  })

  test.each([true, false])('keeps about `maxLength` entries, with `deduplicate: %s`', async (deduplicate) => {
    const server = await TestRedis.start()
    const { input } = await writer({ url: server.url, maxLength: 100, deduplicate })
    input.push(objects(2000))
    await until(
      () => input.receipts.length === 2000,
      () => 'all to be acked',
    )
    expect(Number(await server.cli('xlen', 'orders'))).toBeLessThan(300)
  })

  test('a message that is no JSON fails, and the others of its call are written', async () => {
    const server = await TestRedis.start()
    const { input } = await writer({ url: server.url })
    input.push([1, 2n, 3])
    await until(
      () => input.receipts.length === 3,
      () => 'outcomes',
    )
    expect(input.outcomes.toSorted()).toEqual(['"2n": SLUICE_OUTPUT_NOT_JSON', '1: acked', '3: acked'])
    expect(await server.cli('xlen', 'orders')).toBe('2')
  })

  test.each(['swallow', 'cut'] as const)('writes nothing twice where answers are lost (%s)', async (answers) => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    const { input } = await writer({ url: proxy.url })
    for (let times = 0; times < 3; times++) {
      const lost = proxy.lost
      proxy.answers = answers
      input.push(objects(250, times * 250))
      await until(
        () => proxy.lost > lost,
        () => 'an answer to be lost',
      )
      proxy.answers = 'pass'
      await until(
        () => input.receipts.length === (times + 1) * 250,
        () => 'all to be acked',
      )
    }
    expect(input.outcomes.every((outcome) => outcome.endsWith('acked'))).toBe(true)
    const run = await reader({ url: server.url })
    await until(
      () => run.numbers.length >= 750,
      () => 'all to be read',
    )
    expect(run.numbers).toEqual(numbersOf(750))
  })

  test('a server that is frozen longer than every timeout and wakes up: nothing is lost, and nothing written twice', async () => {
    const server = await TestRedis.start()
    const { input, graph } = await writer({ url: server.url })
    input.push(objects(10))
    await until(
      () => input.receipts.length === 10,
      () => 'the first',
    )
    server.signal('SIGSTOP')
    input.push(objects(500, 10))
    await until(
      () => /not answered in time/.test(JSON.stringify(graph.stats().nodes)),
      () => `a time-out; ${JSON.stringify(graph.stats().nodes)}`,
    )
    server.signal('SIGCONT')
    await until(
      () => input.receipts.length === 510,
      () => 'all to be acked',
    )
    const run = await reader({ url: server.url })
    await until(
      () => run.numbers.length >= 510,
      () => 'all to be read',
    )
    expect(run.numbers).toEqual(numbersOf(510))
  })

  test('a server that is full takes nothing, whatever is tried; nothing fails, and all is written when there is room', async () => {
    const server = await TestRedis.start({ 'maxmemory-policy': 'noeviction' })
    const { input, failures } = await writer({ url: server.url })
    input.push(objects(10))
    await until(
      () => input.receipts.length === 10,
      () => 'the first',
    )
    await server.cli('config', 'set', 'maxmemory', '1mb')
    input.push(objects(100, 10))
    await until(
      async () => (await server.info('errorstat_OOM')) !== undefined,
      () => 'a refusal',
    )
    expect(await server.cli('xlen', 'orders')).toBe('10')
    await server.cli('config', 'set', 'maxmemory', '0')
    await until(
      () => input.receipts.length === 110,
      () => 'all to be acked',
    )
    expect(failures).toEqual([])
    expect(await server.cli('xlen', 'orders')).toBe('110')
  })

  test('a key that holds something else is named on opening', async () => {
    const server = await TestRedis.start()
    await server.cli('set', 'orders', 'x')
    await expect(writer({ url: server.url })).rejects.toMatchObject({ code: 'SLUICE_REDIS_WRONG_TYPE' })
  })

  test('goes on in a cluster while the slot of its stream is moved to another node', async () => {
    const nodes = await startCluster()
    const cluster = nodes.map(({ port }) => `127.0.0.1:${port}`)
    const { input } = await writer({ cluster })
    const run = await reader({ cluster })
    input.push(objects(500))
    await until(
      () => input.receipts.length === 500,
      () => 'the first',
    )
    await moveSlot(nodes)
    input.push(objects(500, 500))
    await until(
      () => input.receipts.length === 1000 && run.numbers.length >= 1000,
      () => `all; ${input.receipts.length} written, ${run.numbers.length} read`,
    )
    expect([...new Set(run.numbers)]).toEqual(numbersOf(1000))
  })
})

/** Moves the slot of `orders`, with what is in it, from its master to another. */
async function moveSlot(nodes: readonly TestRedis[]): Promise<void> {
  const slot = await nodes[0]!.cli('cluster', 'keyslot', 'orders')
  const counts = await Promise.all(nodes.map((node) => node.cli('cluster', 'countkeysinslot', slot)))
  const source = nodes[counts.findIndex((count) => count !== '0')]!
  const target = nodes.find((node) => node !== source)!
  const [from, to] = [await source.cli('cluster', 'myid'), await target.cli('cluster', 'myid')]
  await target.cli('cluster', 'setslot', slot, 'importing', from)
  await source.cli('cluster', 'setslot', slot, 'migrating', to)
  for (;;) {
    const keys = (await source.cli('cluster', 'getkeysinslot', slot, 100)).split('\n').filter((key) => key !== '')
    if (keys.length === 0) break
    await source.cli('migrate', '127.0.0.1', target.port, '', 0, 5000, 'keys', ...keys)
  }
  for (const node of [target, source, ...nodes]) await node.cli('cluster', 'setslot', slot, 'node', to)
}
