import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { start, values } from '../support/batch-run.ts'
import { collect } from '../support/ends.ts'

describe('batch: pressure', () => {
  test('D21: at `maxHeld` the fullest batches leave until at most half is left', () => {
    const { push, batches, metric } = start({
      options: { size: 100, timeout: '1h', by: 'data.k' },
      settings: { maxHeld: 10 },
    })
    push(...values(2, 1, 'a'), ...values(2, 3, 'b'), ...values(5, 5, 'c'))
    expect(batches()).toEqual([])
    push({ n: 10, k: 'd' })
    // 10 of 4 keys are held. Without c there are 5 of 3; without a too, which is older than the equally full b, 3 of 2.
    expect(batches()).toEqual([
      [1, 2],
      [5, 6, 7, 8, 9],
    ])
    expect(metric('batch', 'pressure_flushes')).toBe(1)
  })

  test('D21: at `maxKeys` too, before another key is opened', () => {
    const { push, batches, metric } = start({
      options: { size: 100, timeout: '1h', by: 'data.k' },
      settings: { maxKeys: 4 },
    })
    push(...['a', 'b', 'c', 'b', 'd'].map((k, n) => ({ n, k })))
    expect(batches()).toEqual([])
    push({ n: 5, k: 'e' })
    expect(batches()).toEqual([[0], [1, 3]])
    expect(metric('batch', 'pressure_flushes')).toBe(1)
  })

  test('D21: at least one batch leaves, however little is held', () => {
    const { push, batches } = start({ options: { size: 100, timeout: '1h' }, settings: { maxHeld: 1 } })
    push({ n: 1 }, { n: 2 })
    expect(batches()).toEqual([[1], [2]])
  })

  test('D21: a producer at `maxUnacked` is not left waiting for the timer', () => {
    const { input, env, batches } = start({ options: { size: 100, timeout: '1h', by: 'data.n' }, maxUnacked: 20 })
    for (let round = 0; round < 10; round++) {
      input.push(values(10, round * 10))
      env.run()
    }
    expect(env.now()).toBe(0)
    expect(batches().length).toBeGreaterThanOrEqual(80)
  })

  test('I9: more open keys than the demand window do not stall the stage: what is held is handled', () => {
    const { input, env, batches, metric } = start({
      options: { size: 2, timeout: '1h', by: 'data.n % 50' },
      settings: { demand: { max: 10, min: 5 } },
    })
    input.push(values(100))
    env.run()
    expect(batches()).toHaveLength(50)
    expect(metric('batch', 'pressure_flushes')).toBe(0)
  })

  test('ten thousand open keys cost one timer, and nothing is sorted while they fill', () => {
    const { input, env, batches, metric } = start({
      options: { size: 100, timeout: '1h', by: 'data.n % 10000' },
      settings: { maxHeld: 50_000, maxKeys: 20_000 },
    })
    input.push(values(40_000))
    env.run()
    expect(batches()).toEqual([])
    expect(env.timersSet).toBe(1)
    expect(metric('batch', 'pressure_flushes')).toBe(0)
    input.end()
    env.run()
    expect(batches()).toHaveLength(10_000)
    expect(input.receipts).toHaveLength(40_000)
  })
})

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      messages: fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 400 })), { maxLength: 12 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 150 }) }) },
)
const scenario = fc.record({
  size: fc.integer({ min: 1, max: 6 }),
  bytes: fc.option(fc.integer({ min: 1, max: 1500 }), { nil: undefined }),
  hasKeys: fc.boolean(),
  maxHeld: fc.integer({ min: 1, max: 20 }),
  maxKeys: fc.integer({ min: 1, max: 6 }),
  steps: fc.array(step, { maxLength: 30 }),
})
const TIMEOUT_MS = 100

describe('batch: laws', () => {
  test('nothing is lost, doubled, reordered within its key, left unacked or too large, and none waits too long (property)', () => {
    fc.assert(
      fc.property(scenario, ({ size, bytes, hasKeys, maxHeld, maxKeys, steps }) => {
        const waited: number[] = []
        const output = collect((data) => {
          for (const { at } of data as { at: number }[]) waited.push(env.now() - at)
        })
        const options = {
          size,
          timeout: `${TIMEOUT_MS}ms`,
          ...(hasKeys ? { by: 'data.k' } : {}),
          ...(bytes === undefined ? {} : { bytes: `${bytes}B` }),
        }
        const { env, input, graph } = start({ options, settings: { maxHeld, maxKeys }, output })
        const sent: { n: number; k: number; at: number }[] = []
        for (const each of steps) {
          if (each.kind === 'wait') env.advance(each.ms)
          else {
            for (const [k, wireBytes] of each.messages) {
              sent.push({ n: sent.length, k, at: env.now() })
              input.push([sent.at(-1)], { wireBytes })
            }
            env.run()
          }
          expect(env.timers).toBeLessThanOrEqual(1)
          expect(env.timers === 0).toBe(input.receipts.length === sent.length)
        }
        input.end()
        env.run()

        const batches = output.messages as { data: typeof sent; sizeBytes: number; key?: string }[]
        for (const { data, sizeBytes, key } of batches) {
          expect(data.length).toBeLessThanOrEqual(size)
          expect(data.length === 1 || bytes === undefined || sizeBytes <= bytes).toBe(true)
          expect(data.every(({ k }) => !hasKeys || String(k) === key)).toBe(true)
        }
        for (const k of hasKeys ? [0, 1, 2, 3, 4, 5] : [undefined]) {
          const isOfKey = (value: { k: number }): boolean => k === undefined || value.k === k
          expect(batches.flatMap(({ data }) => data).filter(isOfKey)).toEqual(sent.filter(isOfKey))
        }
        expect(input.receipts).toHaveLength(sent.length)
        expect(input.receipts.every(({ outcome }) => outcome === 'acked')).toBe(true)
        expect(Math.max(0, ...waited)).toBeLessThanOrEqual(TIMEOUT_MS)
        expect(graph.state).toBe('finished')
        expect(env.timers).toBe(0)
      }),
      { numRuns: 300 },
    )
  })
})
