import { describe, expect, test } from 'vitest'
import { start, values, type Value } from '../support/batch-run.ts'
import { collect } from '../support/ends.ts'

describe('batch: count and time', () => {
  test('a batch leaves when it has `size` messages, without waiting', () => {
    const { push, batches, env } = start({ options: { size: 3 } })
    push(...values(7))
    expect(batches()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
    expect(env.now()).toBe(0)
  })

  test('W1317: a batch that is not full leaves `timeout` after its first message, which nothing extends', () => {
    const { push, batches, env, output } = start({ options: { size: 100, timeout: '300ms' } })
    const left: number[] = []
    for (let n = 1; n <= 12; n++) {
      push({ n })
      env.advance(100)
      if (output.values.length > left.length) left.push(env.now())
    }
    expect(batches()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [10, 11, 12],
    ])
    expect(left).toEqual([300, 600, 900, 1200])
  })

  test('W1317: with keys the one that fills up leaves by size, the other one by time', () => {
    const { push, batches, env } = start({ options: { size: 4, timeout: '1s', by: 'data.n % 2 === 0' } })
    push(...values(8), { n: 9 })
    expect(batches()).toEqual([
      [1, 3, 5, 7],
      [2, 4, 6, 8],
    ])
    env.advance(1000)
    expect(batches()[2]).toEqual([9])
  })

  test('no timer runs while nothing is held, and one for all keys while something is', () => {
    const { push, env } = start({ options: { size: 2, timeout: '1s', by: 'data.k' } })
    expect(env.timers).toBe(0)
    push({ n: 1, k: 'a' }, { n: 2, k: 'b' }, { n: 3, k: 'c' })
    expect(env.timers).toBe(1)
    expect(env.nextTimerInMs).toBe(1000)
    env.advance(500)
    push({ n: 4, k: 'a' })
    expect(env.nextTimerInMs).toBe(500)
    env.advance(500)
    expect(env.timers).toBe(0)
    push({ n: 5, k: 'b' }, { n: 6, k: 'b' })
    expect(env.timers).toBe(0)
  })

  test('a timer whose batch has left early is set for the next one, which leaves on time', () => {
    const { push, env, batches } = start({ options: { size: 2, timeout: '1s', by: 'data.k' } })
    push({ n: 1, k: 'a' })
    env.advance(600)
    push({ n: 2, k: 'b' }, { n: 3, k: 'a' })
    expect(batches()).toEqual([[1, 3]])
    env.advance(999)
    expect(batches()).toEqual([[1, 3]])
    env.advance(1)
    expect(batches()).toEqual([[1, 3], [2]])
  })

  test('a stream of full batches within one call sets no timer', () => {
    const { input, env, batches } = start({ options: { size: 10, timeout: '1s' } })
    input.push(values(1000))
    env.run()
    expect(batches()).toHaveLength(100)
    expect(env.timersSet).toBe(0)
  })
})

describe('batch: bytes', () => {
  test('the message that would make a batch too large closes it first', () => {
    const { input, env, batches, output } = start({ options: { size: 100, bytes: '1000B' } })
    for (const [n, wireBytes] of [200, 200, 200, 50, 400].entries()) input.push([{ n }], { wireBytes })
    env.run()
    expect(batches()).toEqual([
      [0, 1],
      [2, 3],
    ])
    expect(output.messages.map(({ sizeBytes }) => sizeBytes)).toEqual([800, 500])
  })

  test('a message larger than the cap goes alone, and so does what was open before it', () => {
    const { input, env, batches } = start({ options: { size: 100, bytes: '1000B' } })
    for (const [n, wireBytes] of [100, 600, 100].entries()) input.push([{ n }], { wireBytes })
    env.run()
    expect(batches()).toEqual([[0], [1]])
  })

  test('a batch of exactly `bytes` leaves at once', () => {
    const { input, env, batches } = start({ options: { size: 100, bytes: '1000B' } })
    for (const [n, wireBytes] of [300, 200].entries()) input.push([{ n }], { wireBytes })
    env.run()
    expect(batches()).toEqual([[0, 1]])
  })
})

describe('batch: keys', () => {
  test('a batch has the key of its messages; numbers are text, nothing is no key', () => {
    const { push, output } = start({ options: { size: 1, by: 'data.k' } })
    push({ n: 1, k: 'a' }, { n: 2, k: 7 }, { n: 3 })
    expect(output.messages.map(({ key }) => key)).toEqual(['a', '7', undefined])
  })

  test('X8: a `by` that throws, or gives no key, fails its message and no other', () => {
    const by = ({ n }: Value): unknown => {
      if (n === 2) throw new Error('no key')
      return n === 3 ? {} : 'k'
    }
    const { push, batches, input } = start({ options: { size: 2, by } })
    push(...values(4))
    expect(batches()).toEqual([[1, 4]])
    expect(input.outcomes).toEqual([
      '{"n":2}: Error: no key',
      '{"n":3}: SLUICE_KEY_INVALID',
      '{"n":1}: acked',
      '{"n":4}: acked',
    ])
  })
})

describe('batch: acks', () => {
  test('W1543: messages are acked when their batch is, and not before', () => {
    const { push, input, env } = start({ options: { size: 2, timeout: '1s' } })
    push(...values(5))
    expect(input.outcomes).toHaveLength(4)
    env.advance(1000)
    expect(input.outcomes).toHaveLength(5)
  })

  test('a batch that fails fails its messages', () => {
    const output = collect(() => {
      throw new Error('broken')
    })
    const { push, input } = start({ options: { size: 2 }, output })
    push(...values(2))
    expect(input.outcomes).toEqual(['{"n":1}: Error: broken', '{"n":2}: Error: broken'])
  })

  test('W2524: what is held at the end leaves in the order in which batches were opened', () => {
    const { push, batches, input, env, graph } = start({ options: { size: 4, timeout: '1h', by: 'data.k' } })
    push({ n: 1, k: 'b' }, { n: 2, k: 'a' }, { n: 3, k: 'b' })
    input.end()
    env.run()
    expect(batches()).toEqual([[1, 3], [2]])
    expect(input.outcomes).toHaveLength(3)
    expect(graph.state).toBe('finished')
    expect(env.timers).toBe(0)
  })
})
