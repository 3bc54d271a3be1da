import { bufferCount, bufferTime, concatMap, delay, map, merge, mergeMap, of, timer } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../src/core/message.ts'
import { started } from '../support/rx-run.ts'
import { slow } from '../support/queue-run.ts'

describe('rx: what comes out', () => {
  test('is what came in, with other data, in order, and takes its outcome along', async () => {
    const { push, input, output } = await started((messages$) =>
      messages$.pipe(
        map((message) => message.with(message.data * 2)),
        map((message) => message.with(`${message.data}!`)),
      ),
    )
    await push(1, 2, 3)
    expect(output.values).toEqual(['2!', '4!', '6!'])
    expect(input.receipts.map(({ outcome }) => outcome)).toEqual(['acked', 'acked', 'acked'])
  })

  test('hold: what operators keep has no outcome until it comes out', async () => {
    const { push, input, output, env, node } = await started((messages$, { scheduler }) =>
      messages$.pipe(delay(100, scheduler)),
    )
    await push(1, 2)
    expect(node().held).toBe(2)
    expect(input.outcomes).toEqual([])
    await env.advanceAsync(99)
    expect(output.values).toEqual([])
    await env.advanceAsync(1)
    expect(output.values).toEqual([1, 2])
    expect(input.outcomes).toEqual(['1: acked', '2: acked'])
    expect(node().held).toBe(0)
  })

  test('hold: a message that is kept comes out with a later one, each as itself', async () => {
    const { push, output, input, node } = await started((messages$) =>
      messages$.pipe(
        bufferCount(3),
        mergeMap((messages) => messages.toReversed()),
      ),
    )
    await push(1, 2, 3, 4)
    expect(output.values).toEqual([3, 2, 1])
    expect(input.outcomes).toHaveLength(3)
    expect(node().held).toBe(1)
  })

  test('asynchronous work holds its messages meanwhile, and gives them as it is done', async () => {
    const { push, output, input } = await started((messages$) =>
      messages$.pipe(concatMap(async (message) => message.with(await Promise.resolve(message.data + 1)))),
    )
    await push(1, 2)
    await push(3)
    expect(output.values).toEqual([2, 3, 4])
    expect(input.outcomes).toHaveLength(3)
  })

  test('derive: one message of several ends as they do, and fails them all', async () => {
    const output = slow()
    const { push, input, node, env } = await started(
      (messages$, { derive }) =>
        messages$.pipe(
          map((message) => message.with(message.data * 10)),
          bufferCount(2),
          map((messages) =>
            derive(
              messages.reduce((sum, { data }) => sum + data, 0),
              messages,
            ),
          ),
        ),
      { output },
    )
    await push(1, 2, 3)
    expect(output.values).toEqual([30])
    expect(input.outcomes).toEqual([])
    expect(node().held).toBe(1)
    output.finish(new Error('no'))
    await env.settle()
    expect(input.receipts.map(({ message, outcome }) => [message.data, outcome])).toEqual([
      [1, 'failed'],
      [2, 'failed'],
    ])
  })

  test('derive: of nothing, as of an empty window, nothing comes', async () => {
    const { output, env, failures } = await started((messages$, { derive, scheduler }) =>
      messages$.pipe(
        bufferTime(100, scheduler),
        map((messages) => derive(messages.length, messages)),
      ),
    )
    await env.advanceAsync(1_000)
    expect(output.values).toEqual([])
    expect(failures).toEqual([])
  })

  test('multiply: a message that comes out several times at once ends when all of it has', async () => {
    const output = slow()
    const { push, input, env } = await started(
      (messages$) => messages$.pipe(mergeMap((message) => [message.with('a'), message.with('b'), message])),
      { output },
    )
    await push(7)
    for (const value of ['a', 'b', 7]) {
      expect(output.values.at(-1)).toBe(value)
      expect(input.outcomes).toEqual([])
      output.finish()
      await env.settle()
    }
    expect(input.outcomes).toEqual(['7: acked'])
  })

  test('multiply: what comes out once more later is an error with a name', async () => {
    const { push, env, graph, output } = await started((messages$, { scheduler }) =>
      messages$.pipe(mergeMap((message) => merge(of(message), timer(50, scheduler).pipe(map(() => message))))),
    )
    await push(1)
    expect(output.values).toEqual([1])
    await env.advanceAsync(60)
    expect((await graph.finishedReport).error).toMatchObject({ code: 'SLUICE_RX_OUTPUT' })
  })

  test('what is no message fails what caused it, and nothing else', async () => {
    const { push, failures, output, env } = await started((messages$) =>
      messages$.pipe(map((message) => (message.data === 2 ? (2 as unknown as Message) : message))),
    )
    await push(1, 2, 3)
    await env.advanceAsync(100)
    expect(failures).toEqual(['rx: SLUICE_RX_OUTPUT'])
    expect(output.values).toEqual([1, 3])
  })
})

describe('rx: demand', () => {
  test('what comes out beyond demand is kept, and nothing more is taken in meanwhile', async () => {
    const output = slow()
    const { push, node, env } = await started((messages$) => messages$, { output, settings: { demand: { max: 2 } } })
    await push(...Array.from({ length: 20 }, (_, n) => n))
    expect(node().in).toBeLessThan(10)
    for (let n = 0; n < 20; n++) {
      output.finish()
      await env.settle()
    }
    expect(output.values).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })
})
