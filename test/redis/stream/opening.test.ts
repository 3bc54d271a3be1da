import { describe, expect, test } from 'vitest'
import producing from '../../../src/producers/redis-stream.ts'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { reader, writer, type Reader } from './streams.ts'

const USER = 'ann on >secret ~* +@all'

describe('on opening, at once and by its name,', () => {
  const fast = { giveUpAfterMs: 0 }

  test('a wrong password', async () => {
    const server = await TestRedis.start({ requirepass: 'right' })
    const opened = reader({ url: server.url, password: 'wrong' }, { producer: fast })
    await expect(opened).rejects.toMatchObject({ code: 'SLUICE_REDIS_AUTH_REFUSED' })
  })

  test.each([
    ['-xack', 'XACK'],
    ['-xreadgroup', 'XREADGROUP'],
    ['-xautoclaim', 'XAUTOCLAIM'],
  ])('a command that the user may not run (%s)', async (rule, command) => {
    const server = await TestRedis.start({ user: `${USER} ${rule}` })
    const opened = reader({ url: server.url, username: 'ann', password: 'secret' }, { producer: fast })
    await expect(opened).rejects.toMatchObject({
      code: 'SLUICE_REDIS_NOT_PERMITTED',
      message: expect.stringContaining(`may not run ${command} with the key "orders"`) as string,
    })
  })

  test('the same of who writes', async () => {
    const server = await TestRedis.start({ user: `${USER} -xadd` })
    const opened = writer({ url: server.url, username: 'ann', password: 'secret' }, fast)
    await expect(opened).rejects.toMatchObject({
      code: 'SLUICE_REDIS_NOT_PERMITTED',
      message: expect.stringContaining('may not run XADD with the key "orders"') as string,
    })
  })

  test('TLS to a port that does not speak it', async () => {
    const server = await TestRedis.start()
    const url = server.url.replace('redis:', 'rediss:')
    const run = await reader({ url }, { isAwaited: false })
    const error = await until(
      () => run.graph.stats().nodes[0]?.opening?.error,
      () => 'a word of it',
    )
    expect(error).toMatch(/cannot be reached|TLS/)
  })
})

describe('a consumer whose name is in use', () => {
  const namesakes = ({ log }: Reader) =>
    log.filter(({ message }) => message.startsWith('somebody else is connected as'))

  test('is told so, as entries come twice then; one that comes after the other has ended is not', async () => {
    const server = await TestRedis.start()
    const first = await reader({ url: server.url })
    const second = await reader({ url: server.url })
    const other = await reader({ url: server.url, consumer: 'other' })
    await second.graph.stop()
    await first.graph.stop()
    const third = await reader({ url: server.url })
    expect([first, second, other, third].map((each) => namesakes(each).length)).toEqual([0, 1, 0, 0])
    expect(namesakes(second)[0]).toMatchObject({
      level: 'warn',
      message: expect.stringMatching(
        /the consumer ".+:test:redis-stream" of the group "workers" of "orders"/,
      ) as string,
    })
  })

  test('is not told where the user may not look', async () => {
    const server = await TestRedis.start({ user: `${USER} -client|list` })
    const place = { url: server.url, username: 'ann', password: 'secret' }
    await reader(place)
    expect(namesakes(await reader(place))).toEqual([])
  })
})

test.each([
  [{ start: 'middle' }, 'start', 'must be `new`, `beginning`, or the id of an entry'],
  [{ deadLetters: { stream: 'orders' } }, 'deadLetters.stream', 'name another stream than the one that is read'],
])('options that would not do are named, with what is expected: %j', (options, path, message) => {
  const { error } = producing.options.safeParse({ stream: 'orders', group: 'workers', ...options })
  expect(error?.issues).toMatchObject([{ message: expect.stringContaining(message) as string }])
  expect(error?.issues[0]!.path.join('.')).toBe(path)
})
