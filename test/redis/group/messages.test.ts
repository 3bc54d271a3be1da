import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { failure } from '../connecting.ts'
import { member, MemberProcess, received } from './joining.ts'

const STREAM = 'sluice:{shops}:group-messages'
const POSITIONS = 'sluice:{shops}:group-positions'
const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => n + from)

describe('at least once', () => {
  test('every member gets every broadcast once, in one order, the sender too', async () => {
    const { url } = await TestRedis.start()
    const members = [await member(url, 'ann'), await member(url, 'bob'), await member(url, 'cyd')]
    await Promise.all(
      members.map(async ({ group }) => {
        for (let n = 0; n < 50; n++) await group.broadcast({ from: group.member, n })
      }),
    )
    for (const one of members) await received(one, 150)
    const [ann, bob, cyd] = members.map(({ got }) => got)
    expect(ann).toHaveLength(150)
    expect(bob).toEqual(ann)
    expect(cyd).toEqual(ann)
    const ofBob = ann!.filter((message) => (message as { from: string }).from === 'bob')
    expect(ofBob).toEqual(numbers(50).map((n) => ({ from: 'bob', n })))
  })

  test('who sent a message is known, and messages can be told from each other', async () => {
    const { url } = await TestRedis.start()
    const heard: { readonly from: string; readonly id: string }[] = []
    const ann = await member(url, 'ann', { onMessage: (_, details) => heard.push(details) })
    const bob = await member(url, 'bob')
    await ann.group.broadcast(null)
    await bob.group.broadcast('')
    await until(
      () => heard.length === 2,
      () => 'both',
    )
    expect(heard.map(({ from }) => from)).toEqual(['ann', 'bob'])
    expect(new Set(heard.map(({ id }) => id)).size).toBe(2)
    expect(ann.group.stats).toEqual({ received: 2, failed: 0, gaps: 0 })
  })

  test('a new member begins at what is last when it joins', async () => {
    const { url } = await TestRedis.start()
    const ann = await member(url, 'ann')
    await ann.group.broadcast('before')
    const bob = await member(url, 'bob')
    await ann.group.broadcast('after')
    await received(bob, 1)
    expect(bob.got).toEqual(['after'])
  })

  test('one that leaves and joins again goes on where it was', async () => {
    const { url } = await TestRedis.start()
    const ann = await member(url, 'ann')
    const first = await member(url, 'bob')
    await ann.group.broadcast(0)
    await received(first, 1)
    await first.group.leave()
    for (const n of numbers(40, 1)) await ann.group.broadcast(n)
    const second = await member(url, 'bob')
    await received(second, 40)
    expect(second.got).toEqual(numbers(40, 1))
  })

  test('one that is killed between handling a message and writing that it was handled gets it again', async () => {
    const { url } = await TestRedis.start()
    const ann = await member(url, 'ann')
    const first = new MemberProcess(url, 'bob')
    await first.printed('joined')
    for (const data of ['done', 'hang', 'next']) await ann.group.broadcast(data)
    await first.printed('"hang"')
    await first.kill()
    const second = await member(url, 'bob', { ttl: '5s' })
    await received(second, 2)
    expect(second.got).toEqual(['hang', 'next'])
  })

  test('a message whose listener throws comes again, before the next one, and is counted and told', async () => {
    const { url } = await TestRedis.start()
    const seen: unknown[] = []
    const ann = await member(url, 'ann', {
      onMessage: async (data) => {
        seen.push(data)
        if (data === 'bad' && seen.length < 4) throw new Error('not yet')
      },
    })
    for (const data of ['good', 'bad', 'last']) await ann.group.broadcast(data)
    await until(
      () => seen.includes('last'),
      () => `the last one: ${JSON.stringify(seen)}`,
    )
    expect(seen).toEqual(['good', 'bad', 'bad', 'bad', 'last'])
    await until(
      () => ann.group.stats.received === 3,
      () => 'the count',
    )
    expect(ann.group.stats).toEqual({ received: 3, failed: 2, gaps: 0 })
    expect(ann.log.lines.filter((line) => line.includes('`onMessage` failed: not yet'))).toHaveLength(2)
  })

  test('leaving waits for the message that is being handled, which does not come again', async () => {
    const { url } = await TestRedis.start()
    let finish!: () => void
    let hasBegun = false
    const slow = await member(url, 'bob', {
      onMessage: () =>
        new Promise<void>((resolve) => {
          hasBegun = true
          finish = resolve
        }),
    })
    await slow.group.broadcast('slow')
    await slow.group.broadcast('next')
    await until(
      () => hasBegun,
      () => 'the message',
    )
    const left = slow.group.leave()
    finish()
    await left
    const again = await member(url, 'bob')
    await received(again, 1)
    expect(again.got).toEqual(['next'])
  })

  test('what every member has had is removed, and what one has not is kept for it', async () => {
    const server = await TestRedis.start()
    const ann = await member(server.url, 'ann', { ttl: '300ms' })
    const bob = await member(server.url, 'bob', { ttl: '300ms' })
    await bob.group.leave()
    for (const n of numbers(5)) await ann.group.broadcast(n)
    await received(ann, 5)
    const isAt = async (length: number): Promise<void> => {
      await until(
        async () => Number(await server.cli('xlen', STREAM)) === length,
        () => `${length} messages that are kept`,
      )
    }
    await isAt(5)
    const again = await member(server.url, 'bob', { ttl: '300ms' })
    await received(again, 5)
    expect(again.got).toEqual(numbers(5))
    await isAt(0)
  })

  test('of what nobody fetches no more than `maxLength` is kept: who sends is told, and who misses it', async () => {
    const server = await TestRedis.start()
    const ann = await member(server.url, 'ann', { maxLength: 10 })
    const bob = await member(server.url, 'bob')
    await bob.group.leave()
    for (const n of numbers(30)) {
      await ann.group.broadcast(n)
      await received(ann, n + 1)
    }
    expect(await server.cli('xlen', STREAM)).toBe('10')
    expect(ann.log.lines.filter((line) => line.includes('more than 10 were kept'))).toHaveLength(1)
    const again = await member(server.url, 'bob')
    await received(again, 10)
    expect(again.got).toEqual(numbers(10, 20))
    expect(again.group.stats.gaps).toBe(1)
    expect(again.log.lines.some((line) => line.includes('removed before this member had them'))).toBe(true)
    expect(ann.group.stats.gaps).toBe(0)
  })

  test('what somebody else has written into the stream is passed over, and told', async () => {
    const server = await TestRedis.start()
    const ann = await member(server.url, 'ann')
    await server.cli('xadd', STREAM, '*', 'data', '{', 'x', 'y')
    await ann.group.broadcast('ours')
    await received(ann, 1)
    expect(ann.log.lines.some((line) => line.includes('is no JSON, and is passed over'))).toBe(true)
  })

  test('the server has lost everything, or its clock was set back: members and messages are there again', async () => {
    const server = await TestRedis.start()
    const ann = await member(server.url, 'ann', { ttl: '300ms' })
    await ann.group.broadcast('first')
    await received(ann, 1)
    // As if the last message had come an hour from now.
    const future = `${Date.now() + 3_600_000}-0`
    await server.cli('xadd', STREAM, future, 'after', '0-0', 'from', 'ann', 'data', '"future"')
    await received(ann, 2)
    await server.cli('flushall')
    await until(
      async () => (await server.cli('hget', POSITIONS, 'ann')) === future,
      () => 'the member to say where it is',
    )
    await ann.group.broadcast('after')
    await received(ann, 3)
    expect(ann.got).toEqual(['first', 'future', 'after'])
  })

  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  test.each([
    ['undefined', undefined],
    ['a circle', cyclic],
    ['a large text', 'x'.repeat(1024 * 1024)],
  ])('what is no JSON, or too large, is refused: %s', async (_, data) => {
    const { url } = await TestRedis.start()
    const ann = await member(url, 'ann')
    expect((await failure(ann.group.broadcast(data))).code).toBe('SLUICE_GROUP_DATA_INVALID')
  })
})
