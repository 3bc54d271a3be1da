import { describe, expect, onTestFinished, test } from 'vitest'
import { definePipeline } from '../../../src/config/builder.ts'
import { each } from '../../../src/consumers/each.ts'
import { placeError } from '../../../src/core/errors.ts'
import type { Letter } from '../../../src/core/letter.ts'
import { start } from '../../../src/daemon/start.ts'
import producing, { redisList } from '../../../src/producers/redis-list.ts'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { add, reader, stored, told } from './lists.ts'

test('where the pipeline keeps dead letters, an entry that can not be read becomes one, with its bytes', async () => {
  const server = await TestRedis.start()
  await server.cli('rpush', 'jobs', '{"n":', '{"n":1}')
  const letters: Letter[] = []
  const numbers: number[] = []
  const pipeline = definePipeline('poison', (p) => {
    const jobs = p.producer('jobs', redisList<{ n: number }>({ url: server.url, list: 'jobs' }))
    p.consumer(
      'ledger',
      jobs,
      each(({ n }) => void numbers.push(n)),
    )
    p.deadLetters(each((letter: Letter) => void letters.push(letter)))
  })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const running = await start(pipeline, { log, admin: { port: 0 } })
  onTestFinished(() => running.stop().then(() => undefined))
  await until(
    () => letters.length === 1 && numbers.length === 1,
    () => `a letter; ${numbers.join()}`,
  )
  expect(letters[0]).toMatchObject({ node: 'jobs', error: { code: 'SLUICE_LIST_ENTRY_INVALID' } })
  expect(String(letters[0]!.data)).toBe('{"n":')
  expect(await server.cli('llen', 'jobs')).toBe('0')
})

describe('with `deadLetters`', () => {
  const deadLetters = { list: 'jobs:dead', attempts: 2 }
  const dead = (server: TestRedis) => server.cli('lrange', 'jobs:dead', 0, -1)

  test('an entry that can not be read goes there at once, byte by byte, and holds nothing up', async () => {
    const server = await TestRedis.start()
    await server.cli('eval', "redis.call('RPUSH', KEYS[1], '\\255\\254', '7')", 1, 'jobs')
    const run = await reader({ url: server.url, deadLetters })
    await until(
      () => run.values.length === 1 && run.metric('redis-list', 'dead_letters') === 1,
      () => told(run),
    )
    const bytes = await server.cli(
      'eval',
      "return {string.byte(redis.call('LINDEX', KEYS[1], 0), 1, -1)}",
      1,
      'jobs:dead',
    )
    expect(bytes.split('\n').map(Number)).toEqual([0xff, 0xfe])
    expect(await stored(server)).toEqual([])
  })

  test('one goes there that has failed so often by its own fault, and others are given', async () => {
    const server = await TestRedis.start()
    await add(server, 3)
    const handler = (data: unknown): void => {
      if (data === 1) throw new Error('one is never right')
    }
    const run = await reader({ url: server.url, deadLetters }, { handler })
    await until(
      async () => (await dead(server)) === '1' && run.values.length === 4,
      () => told(run),
    )
    expect(run.messages.filter(({ data }) => data === 1).map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(await stored(server)).toEqual([])
  })

  test('what fails because of a place never goes there', async () => {
    const server = await TestRedis.start()
    await add(server, 1)
    let calls = 0
    const handler = (): void => {
      if (++calls <= 4) throw placeError('SLUICE_FILE_WRITE_FAILED', 'no')
    }
    const run = await reader({ url: server.url, deadLetters }, { handler, settings: { giveUpAfterMs: 0 } })
    await until(
      () => calls === 5,
      () => told(run),
    )
    expect(await dead(server)).toBe('')
  })

  test('what can not be stored there holds up the flow, and at a stop it is pushed back', async () => {
    const server = await TestRedis.start()
    await add(server, 3)
    const handler = async (data: unknown): Promise<void> => {
      await server.cli('set', 'jobs:dead', 'something else')
      if (data !== 2) throw new Error('never right')
    }
    const given = { handler, stopTimeoutMs: 20_000 }
    const run = await reader({ url: server.url, deadLetters: { list: 'jobs:dead', attempts: 1 } }, given)
    await until(
      () => run.log.some(({ message }) => message.startsWith("can't store dead letters")),
      () => told(run),
    )
    expect(await stored(server)).toEqual([])
    expect((await run.graph.stop()).outcome).toBe('stopped')
    expect((await stored(server)).toSorted()).toEqual(['0', '1'])
    expect(run.metric('redis-list', 'dead_letters')).toBe(0)
  })

  test('a list of them that holds something else, or is the one that is read, is named', async () => {
    const server = await TestRedis.start()
    await server.cli('set', 'jobs:dead', 'x')
    const opened = reader({ url: server.url, deadLetters }, { producer: { giveUpAfterMs: 0 } })
    await expect(opened).rejects.toMatchObject({
      code: 'SLUICE_REDIS_WRONG_TYPE',
      message: expect.stringContaining('"jobs:dead"') as string,
    })
    expect(() => producing.options.parse({ list: 'jobs', deadLetters: { list: 'jobs' } })).toThrow('name another list')
  })
})
