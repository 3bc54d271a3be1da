import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CallInfo } from '../../src/core/component.ts'
import type { Message } from '../../src/core/message.ts'
import type { NodeSettings } from '../../src/core/spec.ts'
import definition from '../../src/stages/flat-map.ts'
import { collect, feed } from '../support/ends.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { line } from '../support/pipeline.ts'

interface Given {
  readonly settings?: NodeSettings
  readonly demand?: number
  readonly output?: ReturnType<typeof collect>
}

/** Runs values through the stage; what is given of each value is an object, so that outcomes can be told apart. */
function run(to: unknown, values: readonly unknown[], { settings = {}, demand, output = collect() }: Given = {}) {
  const env = new ManualEnv()
  const input = feed()
  const consumer = demand === undefined ? output : { ...output, settings: { demand: { max: demand } } }
  const { graph, failures } = line([input, { component: definition, options: { to }, settings }, consumer], env)
  void graph.start()
  input.push(values)
  env.run()
  return { env, graph, input, output, failures, dropped: graph.node('flat-map').counters.dropped }
}

const items = (...values: unknown[]): object => ({ items: values })

describe('flat-map', () => {
  test('gives a message per item, in order, and acks what they came from when all are acked', () => {
    const { output, input } = run('data.items', [items(1, 2), items(3)])
    expect(output.values).toEqual([1, 2, 3])
    expect(input.outcomes).toEqual(['{"items":[1,2]}: acked', '{"items":[3]}: acked'])
  })

  test('a message that becomes nothing is acked and counted', () => {
    const { output, input, dropped } = run('data.items', [items(), items(1)])
    expect(output.values).toEqual([1])
    expect(input.outcomes.toSorted()).toEqual(['{"items":[1]}: acked', '{"items":[]}: acked'])
    expect(dropped.get('filtered')).toBe(1)
  })

  test.each([
    ['a missing field', {}],
    ['null', { items: null }],
    ['a text', { items: 'abc' }],
    ['a number', { items: 3 }],
    ['a plain object', { items: { a: 1 } }],
  ])('%s is neither array nor iterable, and fails its message and no other', (_what, value) => {
    const { output, failures } = run('data.items', [value, items(1)])
    expect(output.values).toEqual([1])
    expect(failures).toEqual(['flat-map: SLUICE_HANDLER_BAD_RETURN'])
  })

  test('an array longer than `maxExpansion` fails its message', () => {
    const { output, failures } = run('data.items', [items(1, 2, 3), items(4, 5)], { settings: { maxExpansion: 2 } })
    expect(output.values).toEqual([4, 5])
    expect(failures).toEqual(['flat-map: SLUICE_EXPANSION_TOO_LARGE'])
  })

  test('an expression that cannot be computed fails its message', () => {
    expect(run('[data + 1]', [1, 1n]).failures).toEqual(['flat-map: SLUICE_EXPRESSION_FAILED'])
  })

  test('a mistake in the expression is found when the options are checked', () => {
    expect(definition.options.safeParse({ to: 'data.' }).success).toBe(false)
    expect(definition.options.safeParse({ to: { a: 'data' } }).success).toBe(false)
  })
})

describe('flat-map with a function', () => {
  test('has data, message and call', () => {
    const to = (data: number, { headers }: Message, { attempt }: CallInfo): unknown[] => [data, headers, attempt]
    expect(run(to, [7]).output.values).toEqual([7, {}, 1])
  })

  test('a generator without end is pulled as fast as its values are handled, and no further', () => {
    let made = 0
    let isCleanedUp = false
    const endless = function* (): Generator<number> {
      try {
        for (;;) yield made++
      } finally {
        isCleanedUp = true
      }
    }
    const handled: (() => void)[] = []
    const output = collect(() => new Promise<void>((resolve) => handled.push(resolve)))
    const { env, graph } = run(endless, [0], { demand: 5, output })
    expect(made).toBe(5)
    void graph.stop()
    env.advance(10_000)
    expect([made, isCleanedUp]).toEqual([5, true])
  })

  test('may be asynchronous, and give an array or an iterable later', async () => {
    const to = async (data: number): Promise<Iterable<number>> => (data === 1 ? [1, 10] : new Set([2, 20]))
    const { env, output, input } = run(to, [1, 2])
    await env.settle()
    expect(output.values).toEqual([1, 10, 2, 20])
    expect(input.receipts.map(({ outcome }) => outcome)).toEqual(['acked', 'acked'])
  })

  test('what it throws, rejects with, or throws while it is pulled, fails its message and no other', async () => {
    const to = (data: number): unknown => {
      if (data === 1) throw new Error('thrown')
      if (data === 2) return Promise.reject(new Error('rejected'))
      if (data === 3) return throwsAtSecond()
      return [data]
    }
    const { env, output, failures, input } = run(to, [1, 2, 3, 4])
    await env.settle()
    expect(output.values).toEqual([3, 4])
    expect(failures).toEqual(['flat-map: thrown', 'flat-map: rejected', 'flat-map: pulled'])
    expect(input.outcomes.toSorted()).toEqual([
      '1: Error: thrown',
      '2: Error: rejected',
      '3: Error: pulled',
      '4: acked',
    ])
  })

  test('one that hangs fails its message by the timeout, and what it gives later is ignored', async () => {
    const answers: ((values: readonly number[]) => void)[] = []
    const { env, output, failures } = run(() => new Promise((resolve) => answers.push(resolve)), [1])
    await env.advanceAsync(30_000)
    answers[0]!([1, 2])
    await env.settle()
    expect(failures).toEqual(['flat-map: SLUICE_CALL_TIMEOUT'])
    expect(output.values).toEqual([])
  })

  test('gives what Array.flatMap gives, whatever the window, and each message has one outcome (property)', () => {
    const lists = fc.array(fc.array(fc.integer(), { maxLength: 6 }), { maxLength: 30 })
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 9 }), fc.boolean(), (values, demand, isIterable) => {
        const to = (data: readonly number[]): Iterable<number> => (isIterable ? data.values() : data)
        const { output, input } = run(to, values, { demand })
        expect(output.values).toEqual(values.flat())
        expect(input.receipts.map(({ outcome }) => outcome)).toEqual(values.map(() => 'acked'))
      }),
    )
  })
})

function* throwsAtSecond(): Generator<number> {
  yield 3
  throw new Error('pulled')
}
