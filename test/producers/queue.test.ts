import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Message } from '../../src/core/message.ts'
import definition, { queue } from '../../src/producers/queue.ts'
import { collect } from '../support/ends.ts'
import { behind, slow, started } from '../support/queue-run.ts'

describe('queue: offer', () => {
  test('gives messages with their details, in order, and answers at once', async () => {
    const seen: unknown[] = []
    const output = collect((_data, { key, headers, priority }: Message) => void seen.push([key, headers, priority]))
    const { orders, env, values } = await started({}, { rest: [output] })
    expect(orders.offer('a')).toBe(true)
    expect(orders.offer('b', { key: 'k', headers: { from: 'x' }, priority: 9 })).toBe(true)
    await env.settle()
    expect(values).toEqual(['a', 'b'])
    expect(seen).toEqual([
      [undefined, {}, 4],
      ['k', { from: 'x' }, 9],
    ])
  })

  test('says no while the queue is full, and yes again when there is room', async () => {
    const output = slow()
    const { orders, env, values, metric } = await started({ queue: { messages: 2 } }, { rest: [output] })
    expect([1, 2, 3].map((n) => orders.offer(n))).toEqual([true, true, false])
    await env.settle()
    expect(orders.offer(4)).toBe(true)
    expect(orders.offer(5)).toBe(false)
    for (let n = 0; n < 3; n++) {
      output.finish()
      await env.settle()
    }
    expect(values).toEqual([1, 2, 4])
    expect(metric('queue', 'rejected')).toBe(2)
  })

  test('many are an array, and nothing else, which might have no end', async () => {
    const { orders } = await started({})
    // The first one ends also where it is not refused, so that this test does.
    for (const given of [{ length: 1, 0: 'a' }, new Set([1]), 3]) {
      const refusal = expect.objectContaining({ code: 'SLUICE_MESSAGE_INVALID' }) as unknown
      expect(() => orders.offerMany(given as never)).toThrow(refusal)
      await expect(orders.pushMany(given as never)).rejects.toEqual(refusal)
    }
  })

  test('of many it says how many were taken, from the first on, each with its own details', async () => {
    const output = slow()
    const { orders, env, values, metric } = await started({ queue: { messages: 3 } }, { rest: [output] })
    expect(orders.offerMany([1, 2, 3, 4, 5], (n, index) => ({ key: `${String(n)}-${index}` }))).toBe(3)
    expect(metric('queue', 'rejected')).toBe(2)
    expect(orders.offerMany([])).toBe(0)
    await env.settle()
    output.finish()
    await env.settle()
    expect(output.messages.map(({ data, key }) => [data, key])).toEqual([
      [1, '1-0'],
      [2, '2-1'],
    ])
    expect(values).toHaveLength(2)
  })

  test('of more than one chunk nothing is lost or twice', async () => {
    const { orders, env, values } = await started({ queue: { messages: 1_000 } })
    const given = Array.from({ length: 1_500 }, (_, index) => index)
    expect(orders.offerMany(given)).toBe(1_000)
    await env.settle()
    expect(values).toEqual(given.slice(0, 1_000))
  })

  test('details that throw are whoever gave them’s affair, and take no room', async () => {
    const { orders, env, values } = await started({ queue: { messages: 1 } })
    const hostile = {
      get key(): string {
        throw new Error('mine')
      },
    }
    expect(() => orders.offer(1, hostile)).toThrow('mine')
    expect(() => orders.offerMany([1, 2], () => hostile)).toThrow('mine')
    await expect(orders.push(1, hostile)).rejects.toThrow('mine')
    await expect(orders.pushMany([1], { details: () => hostile })).rejects.toThrow('mine')
    expect(orders.offer(2)).toBe(true)
    await env.settle()
    expect(values).toEqual([2])
  })

  test('with `drop-oldest` all is taken, and what there is no room for is acked and says why', async () => {
    const { orders, env, values } = await started(
      { queue: { messages: 2 }, whenFull: 'drop-oldest' },
      { rest: [slow()] },
    )
    const ticket = await orders.push(1)
    expect([2, 3].map((n) => orders.offer(n))).toEqual([true, true])
    await env.settle()
    expect(values).toEqual([2])
    expect(await ticket.done).toEqual({ outcome: 'acked', reason: 'queue-full', node: 'queue' })
  })

  test('a handler may feed its own pipeline', async () => {
    const output = collect((n) => {
      if ((n as number) < 5) orders.offer((n as number) + 1)
    })
    const run = await started({}, { rest: [output] })
    const { orders } = run
    orders.offer(1)
    await run.env.settle()
    expect(run.values).toEqual([1, 2, 3, 4, 5])
  })
})

test('a file is told that only code can feed a queue', () => {
  for (const options of [{}, { feed: 'me' }, { queue: { messages: 5 } }]) {
    expect(definition.options.safeParse(options).error?.issues).toMatchObject([
      { path: ['feed'], message: expect.stringMatching(/^only code can give this: .*TypeScript.*queue\(\)/) },
    ])
  }
  const { properties } = z.toJSONSchema(definition.options, { io: 'input' })
  expect(properties?.['feed']).toMatchObject({ not: {} })
  expect(definition.options.safeParse(queue({ waiting: 5 }).options).success).toBe(true)
})

test('whatever is given, from many places, comes once and in order, within the limits (property)', async () => {
  const step = fc.record({
    how: fc.constantFrom('offer', 'offerMany', 'push', 'pushMany', 'finish', 'finish', 'settle'),
    count: fc.integer({ min: 1, max: 5 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (steps, messages) => {
      const output = slow()
      const orders = queue<number>({ queue: { messages } })
      const { graph, env, values } = behind(orders, { rest: [output] })
      void graph.start()
      await env.settle()
      const taken: number[] = []
      let next = 0
      let unfinished = 0
      const finish = async (): Promise<void> => {
        await env.settle()
        if (values.length > unfinished) {
          unfinished++
          output.finish()
        }
      }
      for (const { how, count } of steps) {
        const batch = Array.from({ length: count }, () => next++)
        if (how === 'offer' && orders.offer(batch[0]!)) taken.push(batch[0]!)
        if (how === 'offerMany') taken.push(...batch.slice(0, orders.offerMany(batch)))
        if (how === 'push') taken.push(batch[0]!)
        if (how === 'push') void orders.push(batch[0]!)
        if (how === 'pushMany') taken.push(...batch)
        if (how === 'pushMany') void orders.pushMany(batch)
        if (how === 'finish') await finish()
        if (how === 'settle') await env.settle()
        expect(graph.producers[0]!.ingress.length).toBeLessThanOrEqual(messages)
      }
      orders.end()
      while (graph.state !== 'finished') await finish()
      expect(values).toEqual(taken)
    }),
    { numRuns: 60 },
  )
})
