import { describe, expect, onTestFinished, test } from 'vitest'
import publishing from '../../../src/consumers/redis-pubsub.ts'
import type { NodeSettings } from '../../../src/core/spec.ts'
import hearing from '../../../src/producers/redis-pubsub.ts'
import { until } from '../../e2e/process.ts'
import { collect, feed } from '../../support/ends.ts'
import { line, type Line } from '../../support/pipeline.ts'
import { TestRedis } from '../../support/redis-server.ts'

/** Short, so that a test of a fault doesn't take long. */
const FAST = { connectTimeout: '500ms', commandTimeout: '300ms' }
const numbersOf = (count: number) => Array.from({ length: count }, (_, at) => at)
const told = ({ log, graph }: Line) =>
  `${log.map(({ message }) => message).join('\n')}\n${JSON.stringify(graph.stats().nodes)}`

async function listener(options: object, handler?: () => Promise<void>, settings: NodeSettings = {}) {
  const end = collect(handler)
  const given = { ...FAST, channels: ['news'], whenFull: 'drop-oldest', ...options }
  const component = { component: hearing, options: given, settings }
  const made = line([component, { ...end, settings: { concurrency: 1, demand: { max: 1 } } }], undefined, 100)
  onTestFinished(() => made.graph.stop().then(() => undefined))
  await made.graph.start()
  return { ...made, messages: end.messages, values: end.values }
}

async function speaker(options: object, settings: NodeSettings = {}) {
  const input = feed()
  const component = { component: publishing, options: { ...FAST, ...options } }
  const made = line([input, { ...component, settings: { giveUpAfterMs: 60_000, ...settings } }])
  onTestFinished(() => made.graph.stop().then(() => undefined))
  await made.graph.start()
  return { ...made, input }
}

describe('a redis-pubsub producer', () => {
  test('gives what is published, with its channel, in order', async () => {
    const server = await TestRedis.start()
    const run = await listener({ url: server.url, patterns: ['price.*'] })
    await server.cli('publish', 'news', '1')
    await server.cli('publish', 'price.de', '{"eur":2}')
    await server.cli('publish', 'other', '3')
    await server.cli('publish', 'news', '4')
    await until(
      () => run.values.length === 3,
      () => told(run),
    )
    expect(run.values).toEqual([1, { eur: 2 }, 4])
    expect(run.messages.map(({ headers }) => headers)).toEqual([
      { channel: 'news' },
      { channel: 'price.de' },
      { channel: 'news' },
    ])
  })

  test.each([
    ['drop-newest', [0, 1, 2, 3, 4]],
    ['drop-oldest', [0, 5, 6, 7, 8, 9]],
  ])('drops what its queue has no room for, and counts it (%s)', async (whenFull, most) => {
    const server = await TestRedis.start()
    let isOpen = false
    const passes: (() => void)[] = []
    const handler = () => (isOpen ? Promise.resolve() : new Promise<void>((resolve) => passes.push(resolve)))
    const run = await listener({ url: server.url, whenFull, queue: { messages: 3 } }, handler)
    for (const n of numbersOf(10)) await server.cli('publish', 'news', n)
    const dropped = () => run.graph.node('redis-pubsub').counters.dropped.get('queue-full') ?? 0
    await until(
      () => dropped() >= 5 && passes.length > 0,
      () => told(run),
    )
    isOpen = true
    for (const pass of passes) pass()
    await until(
      () => run.values.length === 10 - dropped(),
      () => told(run),
    )
    if (whenFull === 'drop-newest') expect(run.values).toEqual(numbersOf(run.values.length))
    else expect(run.values.slice(-3)).toEqual([7, 8, 9])
    expect(run.values.length).toBeLessThanOrEqual(most.length)
  })

  test('ends the pipeline where its queue is full, once what came before is delivered (error)', async () => {
    const server = await TestRedis.start()
    let isOpen = false
    const passes: (() => void)[] = []
    const handler = () => (isOpen ? Promise.resolve() : new Promise<void>((resolve) => passes.push(resolve)))
    const run = await listener({ url: server.url, whenFull: 'error', queue: { messages: 3 } }, handler)
    for (const n of numbersOf(10)) await server.cli('publish', 'news', n)
    await until(
      () => JSON.stringify(run.graph.stats().nodes).includes('"rejected":1') && passes.length > 0,
      () => told(run),
    )
    isOpen = true
    for (const pass of passes) pass()
    const report = await run.graph.finishedReport
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'SLUICE_PUBSUB_FULL' } })
    expect(run.values.length).toBeGreaterThanOrEqual(3)
    expect(run.values).toEqual(numbersOf(run.values.length))
  })

  test.each([
    ['is killed and comes back', (server: TestRedis) => server.restart()],
    ['breaks the connection', async (server: TestRedis) => void (await server.cli('client', 'kill', 'type', 'pubsub'))],
  ])('whose server %s subscribes again, tells it and counts it', async (_, fault) => {
    const server = await TestRedis.start()
    const run = await listener({ url: server.url })
    await server.cli('publish', 'news', '1')
    await fault(server)
    await until(
      () => run.metric('redis-pubsub', 'reconnects') === 1,
      () => told(run),
    )
    await server.cli('publish', 'news', '2')
    await until(
      () => run.values.length === 2,
      () => told(run),
    )
    expect(run.values).toEqual([1, 2])
    expect(run.log.some(({ level, message }) => level === 'warn' && message.startsWith('subscribed again'))).toBe(true)
  })

  test('whose server is frozen longer than every timeout finds out, and subscribes again', async () => {
    const server = await TestRedis.start()
    const run = await listener({ url: server.url })
    server.signal('SIGSTOP')
    await until(
      () => run.log.some(({ message }) => message.startsWith('the connection')),
      () => told(run),
    )
    server.signal('SIGCONT')
    await until(
      () => run.metric('redis-pubsub', 'reconnects') > 0,
      () => told(run),
    )
    await server.cli('publish', 'news', '2')
    await until(
      () => run.values.length === 1,
      () => told(run),
    )
    expect(run.values).toEqual([2])
  })

  test('what can not be read fails, and what follows is given', async () => {
    const server = await TestRedis.start()
    const run = await listener({ url: server.url })
    await server.cli('publish', 'news', '{"n":')
    await server.cli('publish', 'news', '2')
    await until(
      () => run.values.length === 1,
      () => told(run),
    )
    expect(run.values).toEqual([2])
    expect(run.metric('redis-pubsub', 'invalid')).toBe(1)
    expect(run.failures).toEqual(['redis-pubsub: SLUICE_PUBSUB_MESSAGE_INVALID'])
  })

  test.each([
    ['channels', 'SUBSCRIBE', { channels: ['other', 'news', 'late'] }],
    ['patterns', 'PSUBSCRIBE', { channels: [], patterns: ['other', 'news'] }],
  ])(
    'one of its %s that the user may not hear is named on opening, with what permits it',
    async (_, command, heard) => {
      const server = await TestRedis.start({ user: 'ann on >secret ~* &other +@all' })
      const user = { username: 'ann', password: 'secret' }
      await expect(listener({ url: server.url, ...user, ...heard })).rejects.toMatchObject({
        code: 'SLUICE_REDIS_NOT_PERMITTED',
        message: expect.stringMatching(
          `may not run ${command} with the channel "news" .* \\+${command.toLowerCase()} &<channels>`,
        ) as string,
      })
    },
  )
})

describe('a redis-pubsub consumer', () => {
  test('publishes each message, by a name or an expression, and counts who has heard it', async () => {
    const server = await TestRedis.start()
    const heard = await listener({ url: server.url, channels: [], patterns: ['to.*'] })
    const run = await speaker({ url: server.url, to: '"to." + data.n' })
    run.input.push([{ n: 1 }, { n: 2 }])
    await until(
      () => heard.values.length === 2 && run.input.receipts.length === 2,
      () => told(run),
    )
    expect(heard.messages.map(({ headers }) => headers['channel'])).toEqual(['to.1', 'to.2'])
    expect(run.metric('redis-pubsub', 'receivers')).toBe(2)
  })

  test('acks also what nobody hears', async () => {
    const server = await TestRedis.start()
    const run = await speaker({ url: server.url, channel: 'news' })
    run.input.push(numbersOf(100))
    await until(
      () => run.input.receipts.length === 100,
      () => told(run),
    )
    expect(run.input.receipts.every(({ outcome }) => outcome === 'acked')).toBe(true)
    expect(run.metric('redis-pubsub', 'receivers')).toBe(0)
  })

  test('a channel that the user may not publish to is named on opening', async () => {
    const server = await TestRedis.start({ user: 'ann on >secret ~* &other +@all' })
    const user = { username: 'ann', password: 'secret' }
    await expect(speaker({ url: server.url, channel: 'news', ...user }, { giveUpAfterMs: 0 })).rejects.toMatchObject({
      code: 'SLUICE_REDIS_NOT_PERMITTED',
      message: expect.stringContaining('may not run PUBLISH with the channel "news"') as string,
    })
  })

  test('a message whose channel is refused fails in the end, and keeps none from being published once', async () => {
    const server = await TestRedis.start({ user: 'ann on >secret ~* &news +@all' })
    const run = await speaker({ url: server.url, username: 'ann', password: 'secret', to: 'data' })
    run.input.push(['news', 'other', 'news'])
    await until(
      () => run.input.receipts.length === 3,
      () => told(run),
    )
    expect(run.failures).toEqual(['redis-pubsub: SLUICE_MESSAGE_SUSPECTED'])
    expect(await server.cli('info', 'commandstats')).toContain('cmdstat_publish:calls=2,')
  })

  test('a message without a channel fails', async () => {
    const server = await TestRedis.start()
    const run = await speaker({ url: server.url, to: 'data.channel' })
    run.input.push([{ channel: '' }, { channel: 'news' }])
    await until(
      () => run.input.receipts.length === 2,
      () => told(run),
    )
    expect(run.failures).toEqual(['redis-pubsub: SLUICE_PUBSUB_CHANNEL_INVALID'])
  })

  test('a server that is killed and comes back: nothing fails', async () => {
    const server = await TestRedis.start()
    const run = await speaker({ url: server.url, channel: 'news' })
    await server.kill()
    run.input.push(numbersOf(10))
    await until(
      () => /cannot be reached|connection broke/.test(told(run)),
      () => told(run),
    )
    await server.restart()
    await until(
      () => run.input.receipts.length === 10,
      () => told(run),
    )
    expect(run.failures).toEqual([])
  })
})
