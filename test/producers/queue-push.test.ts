import { describe, expect, test } from 'vitest'
import filterDefinition from '../../src/stages/filter.ts'
import { slow, started, watch } from '../support/queue-run.ts'

describe('queue: push', () => {
  test('resolves when the message is admitted; its ticket tells the outcome, read before or after it is known', async () => {
    const output = slow()
    const { orders, env } = await started({}, { rest: [output] })
    const [early, late] = [await orders.push(1), await orders.push(2)]
    const done = watch(early.done)
    await env.settle()
    expect(done).toEqual({})
    output.finish()
    await env.settle()
    output.finish()
    await env.settle()
    expect(done.value).toEqual({ outcome: 'acked' })
    expect(await late.done).toEqual({ outcome: 'acked' })
    expect(late.done).toBe(late.done)
  })

  test('a failure is an outcome, with its error and its node, and no rejection', async () => {
    const error = new Error('mine')
    const output = slow()
    const { orders, env } = await started(
      {},
      { rest: [{ component: filterDefinition, options: { when: 'data > 1', reject: true } }, output] },
    )
    const [refused, thrown] = [await orders.push(1), await orders.push(2)]
    await env.settle()
    output.finish(error)
    await env.settle()
    expect(await refused.done).toMatchObject({
      outcome: 'failed',
      node: 'filter',
      error: { code: 'SLUICE_FILTER_REJECTED' },
    })
    expect(await thrown.done).toEqual({ outcome: 'failed', node: 'collect', error })
  })

  test('waits while the queue is full; first come, first served, and `offer` does not go past', async () => {
    const output = slow()
    const { orders, env, values, metric } = await started({ queue: { messages: 1 } }, { rest: [output] })
    orders.offer(1)
    await env.settle()
    orders.offer(2)
    const pushes = [3, 4, 5].map((n) => watch(orders.push(n)))
    await env.settle()
    expect(pushes).toEqual([{}, {}, {}])
    expect(orders.offer(99)).toBe(false)
    for (let admitted = 1; admitted <= 3; admitted++) {
      output.finish()
      await env.settle()
      expect(pushes.map(({ value }) => value !== undefined)).toEqual([0, 1, 2].map((index) => index < admitted))
    }
    expect(values).toEqual([1, 2, 3, 4])
    expect(metric('queue', 'rejected')).toBe(1)
  })

  test('waits for outcomes where `maxUnacked` is reached', async () => {
    const output = slow()
    const { orders, env } = await started({}, { rest: [output], settings: { maxUnacked: { parts: 2 } } })
    orders.offerMany([1, 2])
    const push = watch(orders.push(3))
    await env.settle()
    expect(push).toEqual({})
    output.finish()
    await env.settle()
    expect(push.value).toBeDefined()
  })

  test('a signal ends the wait, and lets those behind go on', async () => {
    const output = slow()
    const { orders, env, values } = await started({ queue: { messages: 2, bytes: '1KiB' } }, { rest: [output] })
    orders.offer(1)
    await env.settle()
    orders.offer(2, { sizeBytes: 600 })
    const controller = new AbortController()
    const large = watch(orders.push(3, { sizeBytes: 600, signal: controller.signal }))
    const small = watch(orders.push(4))
    await env.settle()
    expect(small).toEqual({})
    controller.abort(new Error('enough'))
    await env.settle()
    expect(large.error).toEqual(new Error('enough'))
    expect(small.value).toBeDefined()
    output.finish()
    await env.settle()
    output.finish()
    await env.settle()
    expect(values).toEqual([1, 2, 4])
    await expect(orders.push(5, { signal: controller.signal })).rejects.toThrow('enough')
  })

  test('one signal ends any number of waits, without a warning of a leak', async () => {
    const warnings: Error[] = []
    const heard = (warning: Error) => warnings.push(warning)
    process.on('warning', heard)
    const { orders, env } = await started({ queue: { messages: 1 } }, { rest: [slow()] })
    orders.offer(1)
    await env.settle()
    orders.offer(2)
    const controller = new AbortController()
    const waits = Array.from({ length: 20 }, (_, n) => watch(orders.push(n, { signal: controller.signal })))
    await new Promise(setImmediate)
    controller.abort(new Error('enough'))
    await env.settle()
    process.off('warning', heard)
    expect(waits.map(({ error }) => error)).toEqual(waits.map(() => new Error('enough')))
    expect(warnings).toEqual([])
  })

  test('of many: they go in as there is room, in order, and it resolves when all are in', async () => {
    const output = slow()
    const { orders, env, values } = await started({ queue: { messages: 2 } }, { rest: [output] })
    const many = watch(orders.pushMany([1, 2, 3, 4, 5], { details: (n) => ({ key: String(n) }) }))
    const after = watch(orders.push(6))
    for (let handled = 0; handled < 6; handled++) {
      expect('value' in many).toBe(handled >= 3)
      await env.settle()
      output.finish()
    }
    await env.settle()
    expect(values).toEqual([1, 2, 3, 4, 5, 6])
    expect(after.value).toBeDefined()
    expect(output.messages.map(({ key }) => key)).toEqual(['1', '2', '3', '4', '5', undefined])
  })

  test('beyond `waiting` a push rejects instead of waiting', async () => {
    const { orders, env } = await started({ queue: { messages: 1 }, waiting: 1 }, { rest: [slow()] })
    orders.offer(1)
    const waits = watch(orders.push(2))
    await expect(orders.push(3)).rejects.toMatchObject({ code: 'SLUICE_QUEUE_FULL' })
    await expect(orders.pushMany([3, 4])).rejects.toMatchObject({
      code: 'SLUICE_QUEUE_FULL',
      message: 'the queue is full, and 1 pushes wait for room already; 0 of 2 messages were taken',
    })
    await env.settle()
    expect(waits.value).toBeDefined()
  })

  test('a message that is larger than the queue is refused, and holds nobody up', async () => {
    const { orders, env, values } = await started({ queue: { bytes: '1KiB' } })
    await expect(orders.push(1, { sizeBytes: 1025 })).rejects.toMatchObject({
      code: 'SLUICE_QUEUE_TOO_LARGE',
      message: 'a message of 1025 bytes is larger than the queue, which holds 1024',
    })
    expect(orders.offer(2, { sizeBytes: 1025 })).toBe(false)
    await orders.push(3)
    await env.settle()
    expect(values).toEqual([3])
  })

  test('so is one that is larger than what may be without an outcome, once nothing else is in its way', async () => {
    const output = slow()
    const settings = { maxUnacked: { bytes: 1_000 } }
    const { orders, env, values } = await started({ queue: { bytes: '1MiB' } }, { rest: [output], settings })
    orders.offer(1)
    const large = watch(orders.push(2, { sizeBytes: 1_001 }))
    const behindIt = watch(orders.push(3))
    await env.settle()
    expect([large, behindIt]).toEqual([{}, {}])
    output.finish()
    await env.settle()
    expect(large.error).toMatchObject({
      code: 'SLUICE_QUEUE_TOO_LARGE',
      message: 'a message of 1001 bytes is larger than what may be without an outcome',
    })
    expect(behindIt.value).toBeDefined()
    expect(values).toEqual([1, 3])
  })
})
