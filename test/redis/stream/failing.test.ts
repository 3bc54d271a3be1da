import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { startCluster } from '../../support/redis-cluster.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { placeError } from '../../../src/core/errors.ts'
import { add, pendingOf, reader } from './streams.ts'

const DEAD = { deadLetters: { stream: 'orders:dead', attempts: 3 } }

/** The fields of the entries of a stream, as texts. */
async function entriesIn(server: TestRedis, stream: string): Promise<Record<string, string>[]> {
  const reply = await server.cli('--json', 'xrange', stream, '-', '+')
  return (JSON.parse(reply) as [string, string[]][]).map(([, fields]) =>
    Object.fromEntries(fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1]!]] : []))),
  )
}

describe('an entry whose delivery fails', () => {
  test('goes to the dead letters after so many deliveries, as it was, with its story; others are delivered', async () => {
    const server = await TestRedis.start()
    await add(server, 5)
    const run = await reader(
      { url: server.url, ...DEAD },
      {
        handler: ({ data }) => {
          if (data.n === 2) throw new Error('two is never right')
        },
      },
    )
    await until(
      async () => (await server.cli('xlen', 'orders:dead')) === '1',
      () => `the letter; ${run.numbers.join()}`,
    )
    await until(
      async () => (await pendingOf(server)) === 0,
      () => 'all to be acknowledged',
    )
    expect(run.seen.filter(({ data }) => data.n === 2).map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    const [letter] = await entriesIn(server, 'orders:dead')
    expect(letter).toMatchObject({
      data: '{"n":2}',
      'sluice-stream': 'orders',
      'sluice-group': 'workers',
      'sluice-attempts': '3',
      'sluice-error': 'two is never right',
    })
    expect(run.metric('redis-stream', 'dead_letters')).toBe(1)
    expect(await server.cli('keys', '*failed')).toBe('')
  })

  test('its failures are counted over restarts, and takeovers are not', async () => {
    const server = await TestRedis.start()
    await add(server, 1)
    const failing = () => {
      throw new Error('never')
    }
    const first = await reader({ url: server.url, consumer: 'first', ...DEAD }, { handler: failing })
    await until(
      () => first.seen.some(({ attempt }) => attempt === 1),
      () => 'a delivery',
    )
    await until(
      async () => (await server.cli('keys', '*failed')) !== '',
      () => 'the count',
    )
    await first.graph.stop()
    const failed = Number(await server.cli('hget', '{orders}:sluice:workers:failed', await firstId(server)))
    const second = await reader({ url: server.url, consumer: 'second', ...DEAD }, { handler: failing })
    await until(
      async () => (await server.cli('xlen', 'orders:dead')) === '1',
      () => `the letter; ${second.log.map(({ message }) => message).join('\n')}`,
    )
    expect(second.seen[0]!.attempt).toBe(failed + 1)
    expect(second.seen.at(-1)!.attempt).toBe(3)
  })

  test('because of a place is not counted', async () => {
    const server = await TestRedis.start()
    await add(server, 1)
    const run = await reader(
      { url: server.url, ...DEAD },
      {
        handler: () => {
          if (run.numbers.length < 6) throw placeError('TEST_DOWN', 'it is down')
        },
        settings: { giveUpAfterMs: 0 },
      },
    )
    await until(
      () => run.numbers.length === 6,
      () => `six deliveries; ${run.numbers.join()}`,
    )
    expect(run.seen.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1, 1])
    expect(await server.cli('xlen', 'orders:dead')).toBe('0')
  })

  test.each([
    ['without the field', ['other', 'x']],
    ['that is no JSON', ['data', '{"n":']],
    ['with bytes that are no UTF-8', ['data', Buffer.from([0x22, 0xff, 0xfe, 0x22])]],
    ['whose time is none', ['data', '1', 'time', 'soon']],
    ['whose headers are none', ['data', '1', 'headers', '[]']],
  ] as const)(
    'one %s goes to the dead letters at once, byte by byte, and what follows is delivered',
    async (_, fields) => {
      const server = await TestRedis.start()
      await server.cli('xgroup', 'create', 'orders', 'workers', '0', 'mkstream')
      const hex = fields.map((field) => Buffer.from(field as string).toString('hex'))
      const decoded = "(string.gsub(ARGV[at], '..', function (two) return string.char(tonumber(two, 16)) end))"
      const lua = `local all = {} for at = 1, #ARGV do all[at] = ${decoded} end redis.call('XADD', KEYS[1], '*', unpack(all))`
      await server.cli('eval', lua, 1, 'orders', ...hex)
      await add(server, 1, 7)
      const run = await reader({ url: server.url, ...DEAD })
      await until(
        async () => (await server.cli('xlen', 'orders:dead')) === '1' && (await pendingOf(server)) === 0,
        () => 'the letter',
      )
      expect(run.numbers).toEqual([7])
      const hexOf =
        "local out = {} for _, text in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')[1][2]) do out[#out + 1] = (string.gsub(text, '.', function (byte) return string.format('%02x', string.byte(byte)) end)) end return out"
      const kept = (await server.cli('eval', hexOf, 1, 'orders:dead')).split('\n').map((line) => line.trim())
      expect(kept.slice(0, hex.length)).toEqual(hex)
      expect(
        (await entriesIn(server, 'orders:dead').catch(() => [{ 'sluice-code': 'SLUICE_STREAM_ENTRY_INVALID' }]))[0],
      ).toMatchObject({
        'sluice-code': 'SLUICE_STREAM_ENTRY_INVALID',
      })
      expect(run.failures).toEqual(['redis-stream: SLUICE_STREAM_ENTRY_INVALID'])
    },
  )

  test('one with more fields than a script can hand on goes there too, with all of them, and holds no other up', async () => {
    const server = await TestRedis.start()
    await server.cli('xgroup', 'create', 'orders', 'workers', '0', 'mkstream')
    const fields = Array.from({ length: 4500 }, (_, at) => [`f${at}`, 'x']).flat()
    await server.cli('xadd', 'orders', '*', ...fields)
    await server.cli('xadd', 'orders', '*', 'other', 'x')
    const run = await reader({ url: server.url, ...DEAD })
    await until(
      async () => (await server.cli('xlen', 'orders:dead')) === '2' && (await pendingOf(server)) === 0,
      () => `the letters; ${run.log.map(({ message }) => message).join('\n')}`,
    )
    const unpacked = `local fields = redis.call('XRANGE', KEYS[1], '-', '+')[1][2]
return { fields[1], cmsgpack.unpack(fields[2]), fields[3] }`
    const kept = (await server.cli('eval', unpacked, 1, 'orders:dead')).split('\n')
    expect(kept).toEqual(['sluice-fields', ...fields, 'sluice-stream'])
  })

  test.each([
    ['in another slot of the cluster', 'SLUICE_REDIS_CROSS_SLOT'],
    ['where something else is stored', 'SLUICE_REDIS_WRONG_TYPE'],
  ])('a stream of dead letters %s is named on opening', async (_, code) => {
    const isCluster = code === 'SLUICE_REDIS_CROSS_SLOT'
    const nodes = isCluster ? await startCluster() : [await TestRedis.start()]
    if (!isCluster) await nodes[0]!.cli('set', 'letters', 'x')
    const place = isCluster ? { cluster: nodes.map(({ port }) => `127.0.0.1:${port}`) } : { url: nodes[0]!.url }
    const opened = reader(
      { ...place, deadLetters: { stream: 'letters', attempts: 2 } },
      { producer: { giveUpAfterMs: 0 } },
    )
    await expect(opened).rejects.toMatchObject({ code, message: expect.stringContaining('"letters"') as string })
  })

  test('in a cluster the letter is stored as well, where the keys have one tag', async () => {
    const nodes = await startCluster()
    const cluster = nodes.map(({ port }) => `127.0.0.1:${port}`)
    const run = await reader(
      { cluster, stream: '{orders}', deadLetters: { stream: '{orders}:dead', attempts: 1 } },
      {
        handler: () => {
          throw new Error('never')
        },
      },
    )
    const cli = (...args: string[]) => nodes[0]!.cli('-c', ...args)
    await cli('xadd', '{orders}', '*', 'data', '{"n":1}')
    await until(
      async () => (await cli('xlen', '{orders}:dead')) === '1',
      () => `the letter; ${run.log.map(({ message }) => message).join('\n')}`,
    )
    expect(run.seen.map(({ attempt }) => attempt)).toEqual([1])
  })
})

async function firstId(server: TestRedis): Promise<string> {
  return (await server.cli('xrange', 'orders', '-', '+', 'count', 1)).split('\n')[0]!.replace(/^.*\) /, '')
}
