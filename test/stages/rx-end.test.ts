import {
  bufferCount,
  delay,
  EMPTY,
  filter,
  finalize,
  interval,
  map,
  merge,
  mergeMap,
  NEVER,
  pairwise,
  take,
  toArray,
} from 'rxjs'
import { describe, expect, test } from 'vitest'
import { started } from '../support/rx-run.ts'

describe('rx: the end', () => {
  test('operators give what they have, also what takes time, and what they leave out is dropped', async () => {
    const { push, input, output, env, graph, node } = await started((messages$, { scheduler, derive }) =>
      messages$.pipe(
        filter(({ data }) => data !== 2),
        bufferCount(2),
        map((messages) =>
          derive(
            messages.map(({ data }) => data),
            messages,
          ),
        ),
        delay(50, scheduler),
      ),
    )
    await push(1, 2, 3, 4)
    input.end()
    await env.settle()
    expect(graph.state).toBe('running')
    await env.advanceAsync(50)
    expect(graph.state).toBe('finished')
    expect(output.values).toEqual([[1, 3], [4]])
    expect(input.outcomes).toHaveLength(4)
    expect(node().dropped).toEqual({ 'not-emitted': 1 })
  })

  test('at a flush the input completes, and a later message begins with a new observable', async () => {
    let begun = 0
    const { push, output, graph, env } = await started((messages$) => {
      begun++
      return messages$.pipe(
        bufferCount(10),
        mergeMap((messages) => messages),
      )
    })
    await push(1, 2)
    const flushed = graph.flush()
    await env.settle()
    await flushed
    expect(output.values).toEqual([1, 2])
    await push(3)
    expect(begun).toBe(2)
    graph.stop().catch(() => {})
    await env.settle()
    expect(output.values).toEqual([1, 2, 3])
  })

  test('what never completes is given back when the pipeline may not drain any longer, and no timer is left', async () => {
    const { push, input, graph, env } = await started((messages$, { scheduler }) =>
      merge(messages$.pipe(mergeMap(() => NEVER)), interval(1_000, scheduler).pipe(mergeMap(() => EMPTY))),
    )
    await push(1)
    void graph.stop()
    await env.advanceAsync(5_000)
    expect(input.outcomes).toEqual(['1: SLUICE_PIPELINE_STOPPED'])
    await env.advanceAsync(10_000)
    expect(env.timers).toBe(0)
  })

  test('an output that goes on by itself is waited for no longer than until all has come out', async () => {
    const { push, input, output, graph, env } = await started((messages$, { scheduler }) =>
      merge(messages$.pipe(delay(50, scheduler)), interval(1_000, scheduler).pipe(mergeMap(() => EMPTY))),
    )
    await push(1)
    input.end()
    await env.advanceAsync(50)
    expect(output.values).toEqual([1])
    expect(graph.state).toBe('finished')
    expect(env.timers).toBe(0)
  })

  test('complete early: what follows fails, and so does what was held', async () => {
    const { push, input, output } = await started((messages$) =>
      messages$.pipe(
        pairwise(),
        map(([one]) => one),
        take(1),
      ),
    )
    await push(1, 2, 3)
    await push(4)
    expect(output.values).toEqual([1])
    expect(input.outcomes.toSorted()).toEqual([
      '1: acked',
      '2: SLUICE_RX_COMPLETED',
      '3: SLUICE_RX_COMPLETED',
      '4: SLUICE_RX_COMPLETED',
    ])
  })

  test('complete early: with `whenCompleted: drop` it is dropped and counted', async () => {
    const { push, input, output, node, graph, env } = await started((messages$) => messages$.pipe(take(2)), {
      options: { whenCompleted: 'drop' },
    })
    await push(1, 2, 3)
    await push(4)
    input.end()
    await env.settle()
    expect(graph.state).toBe('finished')
    expect(output.values).toEqual([1, 2])
    expect(node().dropped).toEqual({ completed: 2 })
    expect(input.outcomes).toHaveLength(4)
  })
})

describe('rx: errors', () => {
  test('D14: one while messages are taken in fails the one that causes it; what was held comes again, in order', async () => {
    let begun = 0
    const { push, failures, output, env, node } = await started((messages$) => {
      begun++
      return messages$.pipe(
        map((message) => {
          if (message.data === 4) throw new Error('poison')
          return message
        }),
        bufferCount(3),
        mergeMap((messages) => messages),
      )
    })
    await push(1, 2)
    expect(node().held).toBe(2)
    await push(3, 4, 5, 6)
    await env.advanceAsync(1_000)
    expect(failures).toEqual(['rx: poison'])
    expect(output.values.slice(0, 3)).toEqual([1, 2, 3])
    await push(7)
    await env.advanceAsync(1_000)
    expect(output.values).toEqual([1, 2, 3, 5, 6, 7])
    expect(begun).toBeGreaterThan(1)
  })

  test('D14: one that comes by time starts the node again, and what was held comes again, in order', async () => {
    let begun = 0
    const { push, failures, output, env, input, node } = await started((messages$, { scheduler }) => {
      begun++
      if (begun > 1) return messages$
      return messages$.pipe(
        delay(100, scheduler),
        map((): never => {
          throw new Error('late')
        }),
      )
    })
    await push(1, 2)
    await env.advanceAsync(200)
    expect(begun).toBe(2)
    expect(node().restarts).toBe(1)
    expect(failures).toEqual([])
    expect(output.values).toEqual([1, 2])
    expect(input.outcomes).toEqual(['1: acked', '2: acked'])
  })

  test('one at the end starts the node again too: what was held is neither lost nor dropped', async () => {
    let begun = 0
    const { push, output, input, env, graph, node } = await started((messages$) => {
      begun++
      if (begun > 1) return messages$
      return messages$.pipe(
        toArray(),
        map((): never => {
          throw new Error('at the end')
        }),
      )
    })
    await push(1, 2)
    input.end()
    await env.advanceAsync(100)
    expect(graph.state).toBe('finished')
    expect(output.values).toEqual([1, 2])
    expect(node().restarts).toBe(1)
  })

  test('what is thrown when operators are left changes nothing: no call, no end, no other error', async () => {
    const { push, input, output, env, graph, failures } = await started((messages$) =>
      messages$.pipe(
        map((message) => {
          if (message.data === 2) throw new Error('poison')
          return message
        }),
        finalize(() => {
          throw new Error('left')
        }),
      ),
    )
    await push(1, 2, 3)
    input.end()
    await env.advanceAsync(1_000)
    expect(output.values).toEqual([1, 3])
    expect(failures).toEqual(['rx: poison'])
    expect(graph.state).toBe('finished')
  })

  test('a function that throws, or gives no observable, fails the start', async () => {
    const { graph } = await started(() => {
      throw new Error('not made')
    })
    expect((await graph.finishedReport).error?.message).toContain('not made')
    const none = await started(() => undefined as never)
    expect((await none.graph.finishedReport).outcome).toBe('failed')
  })
})
