import { describe, expect, test } from 'vitest'
import { placeError } from '../../../src/core/errors.ts'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { add, DEMAND, numbersOf, reader, stored, told, waiting } from './lists.ts'

const never = () => new Promise<void>(() => {})

async function callsOf(server: TestRedis): Promise<Record<string, number>> {
  const lines = (await server.cli('info', 'commandstats')).split('\n')
  const each = lines.flatMap((text) => /^cmdstat_(.+?):calls=(\d+)/.exec(text)?.slice(1, 3) ?? [])
  return Object.fromEntries(each.flatMap((name, at) => (at % 2 === 0 ? [[name, Number(each[at + 1])]] : [])))
}

describe('a redis-list producer', () => {
  test('gives the entries in order, those that are there and those that come', async () => {
    const server = await TestRedis.start()
    await add(server, 500)
    const run = await reader({ url: server.url })
    await until(
      () => run.values.length === 500,
      () => told(run),
    )
    await waiting(server)
    await add(server, 500, 500)
    await until(
      () => run.values.length === 1000,
      () => told(run),
    )
    expect(run.values).toEqual(numbersOf(1000))
    expect(await stored(server)).toEqual([])
  })

  test('pops never more than was asked for', async () => {
    const server = await TestRedis.start()
    await add(server, 100)
    const run = await reader({ url: server.url }, { handler: never })
    await until(
      () => run.values.length === DEMAND && run.graph.stats().edges[0]!.credit === 0,
      () => told(run),
    )
    const { unacked } = run.graph.stats()
    expect(unacked).toBeLessThanOrEqual(2 * DEMAND)
    expect(await server.cli('llen', 'jobs')).toBe(String(100 - unacked))
    await add(server, 10, 100)
    expect(await server.info('blocked_clients')).toBe('0')
    expect(await server.cli('llen', 'jobs')).toBe(String(110 - unacked))
  })

  test('sends an idle server one command in 5 s at most', async () => {
    const server = await TestRedis.start()
    await reader({ url: server.url })
    await waiting(server)
    const next = async () => {
      const { blmpop = 0 } = await callsOf(server)
      return await until(
        async () => {
          const calls = await callsOf(server)
          return calls['blmpop']! > blmpop && { ...calls, info: 0, at: performance.now() }
        },
        () => 'the next wait',
      )
    }
    const [one, two] = [await next(), await next()]
    const [before, after] = [
      { ...one, at: 0 },
      { ...two, at: 0 },
    ] as Record<string, number>[]
    expect(after).toEqual({ ...before, blmpop: before!['blmpop']! + 1 })
    expect(two.at - one.at).toBeGreaterThan(5000)
  })

  test('at a stop pushes back what has no outcome, in order, at the head', async () => {
    const server = await TestRedis.start()
    await add(server, 100)
    const run = await reader({ url: server.url }, { handler: never, stopTimeoutMs: 100 })
    await until(
      () => run.values.length === DEMAND,
      () => told(run),
    )
    await run.graph.stop()
    expect(await stored(server)).toEqual(numbersOf(100).map(String))
    expect(run.metric('redis-list', 'pushed_back')).toBeGreaterThanOrEqual(DEMAND)
  })

  test('stops at once while it waits, and takes nothing that comes then', async () => {
    const server = await TestRedis.start()
    const run = await reader({ url: server.url })
    await waiting(server)
    const calls = await callsOf(server)
    await run.graph.stop()
    await add(server, 10)
    expect((await stored(server)).length).toBe(10)
    expect((await callsOf(server))['blmpop']).toBe(calls['blmpop'])
    expect((await callsOf(server))['client|unblock']).toBe(1)
  })

  test('a user who may not run CLIENT gets what comes while it waits, too', async () => {
    const server = await TestRedis.start({ user: 'ann on >secret ~* +@all -client' })
    const run = await reader({ url: server.url, username: 'ann', password: 'secret' })
    await waiting(server)
    await add(server, 3)
    await until(
      () => run.values.length === 3,
      () => told(run),
    )
    expect(run.values).toEqual(numbersOf(3))
  })

  test('what has failed back comes again, as the same message, with one attempt more, before what is behind it', async () => {
    const server = await TestRedis.start()
    await add(server, 20)
    const failing = (data: unknown, { attempt }: { attempt: number }) => {
      if (data === 3 && attempt < 3) throw new Error('not yet')
    }
    const run = await reader(
      { url: server.url },
      { handler: failing, settings: { concurrency: 1, demand: { max: 1 } } },
    )
    await until(
      () => run.values.length === 22,
      () => told(run),
    )
    expect(run.values).toEqual([0, 1, 2, 3, 3, 3, ...numbersOf(16, 4)])
    const threes = run.messages.filter(({ data }) => data === 3)
    expect(threes.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect(new Set(threes.map(({ id }) => id)).size).toBe(1)
    expect(run.metric('redis-list', 'pushed_back')).toBe(2)
  })

  test('while it waits for more it does not take at once what has failed', async () => {
    const server = await TestRedis.start()
    await add(server, 1)
    const failing = async (_data: unknown, { attempt }: { attempt: number }) => {
      await waiting(server)
      if (attempt < 4) throw new Error('not yet')
    }
    const run = await reader({ url: server.url }, { handler: failing })
    await until(
      () => run.values.length === 4,
      () => told(run),
    )
    expect(run.messages.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4])
    expect((await callsOf(server))['client|unblock']).toBeGreaterThanOrEqual(3)
  })

  test('what fails because of a place has not been tried', async () => {
    const server = await TestRedis.start()
    await add(server, 1)
    let failures = 0
    const failing = () => {
      if (failures++ < 2) throw placeError('TEST_DOWN', 'it is down')
    }
    const run = await reader({ url: server.url }, { handler: failing, settings: { giveUpAfterMs: 0 } })
    await until(
      () => run.values.length === 3,
      () => told(run),
    )
    expect(run.messages.map(({ attempt }) => attempt)).toEqual([1, 1, 1])
  })

  test.each([
    ['that is no JSON', Buffer.from('{"n":')],
    ['that is not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
  ])('an entry %s fails with its bytes, and others are given', async (_, bytes) => {
    const server = await TestRedis.start()
    const decoded = "(string.gsub(ARGV[1], '..', function (two) return string.char(tonumber(two, 16)) end))"
    await server.cli('eval', `redis.call('RPUSH', KEYS[1], ${decoded}, '7')`, 1, 'jobs', bytes.toString('hex'))
    const run = await reader({ url: server.url }, { producer: { onFailure: 'drop' } })
    await until(
      () => run.values.length === 1 && run.metric('redis-list', 'invalid') === 1,
      () => told(run),
    )
    expect(run.values).toEqual([7])
    expect(await stored(server)).toEqual([])
  })

  test('one that can not be read and fails back is in the list as it was', async () => {
    const server = await TestRedis.start()
    await server.cli('rpush', 'jobs', '{"n":')
    const run = await reader({ url: server.url })
    await until(
      () => run.failures.length >= 2,
      () => told(run),
    )
    await run.graph.stop()
    expect(await stored(server)).toEqual(['{"n":'])
  })

  test('`format: text` gives texts as they are', async () => {
    const server = await TestRedis.start()
    await server.cli('rpush', 'jobs', '{"n":', 'Zoë')
    const run = await reader({ url: server.url, format: 'text' })
    await until(
      () => run.values.length === 2,
      () => told(run),
    )
    expect(run.values).toEqual(['{"n":', 'Zoë'])
  })

  test('a key that holds something else is named on opening', async () => {
    const server = await TestRedis.start()
    await server.cli('set', 'jobs', 'x')
    const opened = reader({ url: server.url }, { producer: { giveUpAfterMs: 0 } })
    await expect(opened).rejects.toMatchObject({ code: 'SLUICE_REDIS_WRONG_TYPE' })
  })

  test.each([
    ['-blmpop', 'BLMPOP'],
    ['-lpush', 'LPUSH'],
  ])('a command that the user may not run is named on opening (%s)', async (rule, command) => {
    const server = await TestRedis.start({ user: `ann on >secret ~* +@all ${rule}` })
    const user = { username: 'ann', password: 'secret' }
    const opened = reader({ url: server.url, ...user }, { producer: { giveUpAfterMs: 0 } })
    await expect(opened).rejects.toMatchObject({
      code: 'SLUICE_REDIS_NOT_PERMITTED',
      message: expect.stringContaining(`may not run ${command} with the key "jobs"`) as string,
    })
  })
})
