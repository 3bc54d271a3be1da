import { describe, expect, test } from 'vitest'
import { queue } from '../../src/producers/queue.ts'
import { collect } from '../support/ends.ts'
import { behind, slow, started, watch, type Orders } from '../support/queue-run.ts'

/** All ways to give something are refused with a code. */
async function expectRefused(orders: Orders, code: string): Promise<void> {
  const error = expect.objectContaining({ code }) as Error
  expect(() => orders.offer(1)).toThrow(error)
  expect(() => orders.offerMany([1])).toThrow(error)
  await expect(orders.push(1)).rejects.toEqual(error)
  await expect(orders.pushMany([1])).rejects.toEqual(error)
}

describe('queue: when nothing is taken', () => {
  test('before the start everything that gives, or ends, fails', async () => {
    const orders = queue<unknown>()
    await expectRefused(orders, 'SLUICE_QUEUE_NOT_STARTED')
    behind(orders)
    await expectRefused(orders, 'SLUICE_QUEUE_NOT_STARTED')
    expect(() => orders.end()).toThrow(expect.objectContaining({ code: 'SLUICE_QUEUE_NOT_STARTED' }) as Error)
  })

  test('after `end` what waits is let in, what comes is refused, and the pipeline finishes', async () => {
    const output = slow()
    const { orders, env, graph, values } = await started({ queue: { messages: 1 } }, { rest: [output] })
    orders.offer(1)
    const waits = watch(orders.push(2))
    const many = watch(orders.pushMany([3, 4]))
    orders.end()
    orders.end()
    await expectRefused(orders, 'SLUICE_QUEUE_ENDED')
    for (let handled = 0; handled < 4; handled++) {
      await env.settle()
      output.finish()
    }
    await env.settle()
    expect(values).toEqual([1, 2, 3, 4])
    expect([waits.error, many.error]).toEqual([undefined, undefined])
    expect(await graph.finishedReport).toMatchObject({ outcome: 'finished' })
    await expectRefused(orders, 'SLUICE_QUEUE_ENDED')
  })

  test('`end` with nothing waiting, or whose last wait is given up, finishes the pipeline', async () => {
    const idle = await started()
    idle.orders.end()
    await idle.env.settle()
    expect(idle.graph.state).toBe('finished')

    const output = slow()
    const { orders, env, graph } = await started({ queue: { messages: 1 } }, { rest: [output] })
    const controller = new AbortController()
    orders.offer(1)
    const waits = watch(orders.push(2, { signal: controller.signal }))
    orders.end()
    controller.abort()
    await env.settle()
    output.finish()
    await env.settle()
    expect(waits.error).toMatchObject({ name: 'AbortError' })
    expect(graph.state).toBe('finished')
  })

  test('when the pipeline stops, pushes that wait are refused and say how far they came; what was taken is finished', async () => {
    const output = slow()
    const { orders, env, graph, values } = await started({ queue: { messages: 2 } }, { rest: [output] })
    const ticket = await orders.push(1)
    const many = watch(orders.pushMany([2, 3]))
    const waits = watch(orders.push(4))
    void graph.stop()
    await env.settle()
    expect(waits.error).toMatchObject({ code: 'SLUICE_QUEUE_STOPPED' })
    expect(many.error).toMatchObject({
      code: 'SLUICE_QUEUE_STOPPED',
      message: 'the pipeline that this queue feeds is stopping or has stopped; 1 of 2 messages were taken',
    })
    await expectRefused(orders, 'SLUICE_QUEUE_STOPPED')
    for (let handled = 0; handled < 2; handled++) {
      output.finish()
      await env.settle()
    }
    expect(values).toEqual([1, 2])
    expect(await ticket.done).toEqual({ outcome: 'acked' })
    expect(await graph.finishedReport).toMatchObject({ outcome: 'stopped', left: [] })
    orders.end()
  })

  test('what is left at the deadline has failed, and its ticket says so', async () => {
    const { orders, env, graph } = await started({}, { rest: [slow()], stopTimeoutMs: 100 })
    const tickets = [await orders.push(1), await orders.push(2)]
    void graph.stop()
    await env.advanceAsync(100)
    await env.settle()
    for (const { done } of tickets) {
      expect(await done).toMatchObject({ outcome: 'failed', error: { code: 'SLUICE_PIPELINE_STOPPED' } })
    }
  })

  test('when the pipeline fails, pushes that wait are refused, and no ticket stays open', async () => {
    const failing = { ...slow(), settings: { demand: { max: 1 }, onFailure: 'stop' as const } }
    const { orders, env, graph } = await started({ queue: { messages: 1 } }, { rest: [failing] })
    const ticket = await orders.push(1)
    await env.settle()
    const second = await orders.push(2)
    const waits = [3, 4, 5].map((n) => watch(orders.push(n))).at(-1)!
    failing.finish(new Error('down'))
    await env.settle()
    await env.advanceAsync(1_000)
    expect(await graph.finishedReport).toMatchObject({ outcome: 'failed' })
    expect(await ticket.done).toMatchObject({ outcome: 'failed', error: { message: 'down' } })
    expect(await second.done).toMatchObject({ outcome: 'failed', error: { code: 'SLUICE_PIPELINE_FAILED' } })
    expect(waits.error).toMatchObject({ code: 'SLUICE_QUEUE_STOPPED' })
    await expectRefused(orders, 'SLUICE_QUEUE_STOPPED')
  })

  test('two pipelines cannot have one queue at a time; the second one doesn’t start, and the first goes on', async () => {
    const first = await started()
    const { orders } = first
    const second = behind(orders)
    const start = watch(second.graph.start())
    await second.env.settle()
    await second.env.advanceAsync(1_000)
    expect(start.error).toMatchObject({
      message: expect.stringContaining('another running pipeline or node has this queue'),
    })
    expect(await second.graph.finishedReport).toMatchObject({ error: { code: 'SLUICE_QUEUE_IN_USE' } })
    await orders.push(1)
    await first.env.settle()
    expect(first.values).toEqual([1])
  })

  test('one after the other they can: after a stop the next start opens it again', async () => {
    const first = await started()
    const { orders } = first
    const ticket = await orders.push(1)
    void first.graph.stop()
    await first.env.settle()
    await expectRefused(orders, 'SLUICE_QUEUE_STOPPED')
    const second = behind(orders)
    void second.graph.start()
    await second.env.settle()
    await orders.push(2)
    await second.env.settle()
    expect([first.values, second.values]).toEqual([[1], [2]])
    expect(await ticket.done).toEqual({ outcome: 'acked' })
  })

  test('a push whose ticket nobody reads, and a failure nobody asks for, are no unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    const { orders, env } = await started({}, { rest: [collect(() => Promise.reject(new Error('mine')))] })
    void (await orders.push(1)).done
    await orders.push(2)
    await env.settle()
    await env.settle()
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
})
