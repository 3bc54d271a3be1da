import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CallInfo } from '../../src/core/component.ts'
import type { Message } from '../../src/core/message.ts'
import definition from '../../src/stages/filter.ts'
import { collect, feed } from '../support/ends.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { line } from '../support/pipeline.ts'

function run(options: { when: unknown; reject?: boolean }, values: readonly unknown[]) {
  const env = new ManualEnv()
  const input = feed()
  const output = collect()
  const { graph, failures } = line([input, { component: definition, options }, output], env)
  void graph.start()
  input.push(values)
  env.run()
  return { env, output, values: output.values, input, failures, dropped: graph.node('filter').counters.dropped }
}

describe('filter', () => {
  test('lets through what meets the condition, in order, and acks and counts the rest', () => {
    const { values, input, dropped } = run({ when: 'data > 2' }, [1, 5, 2, 3])
    expect(values).toEqual([5, 3])
    expect(input.outcomes.toSorted()).toEqual(['1: acked', '2: acked', '3: acked', '5: acked'])
    expect(dropped.get('filtered')).toBe(2)
  })

  test('what JavaScript takes for true meets the condition', () => {
    const values = [{ mail: 'a@b' }, { mail: '' }, {}, { mail: 1 }, null]
    expect(run({ when: 'data.mail' }, values).values).toEqual([{ mail: 'a@b' }, { mail: 1 }])
    expect(run({ when: 'data.mail', reject: true }, values).values).toEqual([{ mail: 'a@b' }, { mail: 1 }])
  })

  test('with `reject` the rest fails as an error of the message that names the filter, and keeps its condition to itself', () => {
    const { values, input, failures, dropped } = run({ when: 'data > 2', reject: true }, [1, 5])
    expect(values).toEqual([5])
    expect(failures).toEqual(['filter: SLUICE_FILTER_REJECTED'])
    const { error } = input.receipts.find(({ outcome }) => outcome === 'failed')!
    expect(error).toMatchObject({ kind: 'message', code: 'SLUICE_FILTER_REJECTED' })
    expect((error as Error).message).toBe('the message does not meet the condition of filter')
    expect(dropped.size).toBe(0)
  })

  test('a condition that cannot be computed fails its message and no other', () => {
    const { values, failures } = run({ when: 'data + 1 > 0' }, [1, 1n, 2])
    expect(values).toEqual([1, 2])
    expect(failures).toEqual(['filter: SLUICE_EXPRESSION_FAILED'])
  })

  test('a function is the handler itself: it has data, message and call', () => {
    const seen: unknown[] = []
    const when = (data: number, message: Message, call: CallInfo): boolean => {
      seen.push([data, message.key, call.attempt])
      return data > 2
    }
    expect(run({ when }, [1, 5]).values).toEqual([5])
    expect(seen).toEqual([
      [1, undefined, 1],
      [5, undefined, 1],
    ])
  })

  test.each([
    ['an async function', async (data: number) => data > 2],
    ['a function that gives a thenable now and then', (data: number) => (data > 4 ? Promise.resolve(data) : data > 2)],
  ])('%s may be the condition, also with `reject`', async (_what, when) => {
    for (const reject of [false, true]) {
      const { env, output, input, failures } = run({ when, reject }, [1, 5, 2, 3])
      await env.settle()
      expect(output.values).toEqual([5, 3])
      expect(input.outcomes.toSorted()).toEqual(
        reject
          ? ['1: SLUICE_FILTER_REJECTED', '2: SLUICE_FILTER_REJECTED', '3: acked', '5: acked']
          : ['1: acked', '2: acked', '3: acked', '5: acked'],
      )
      expect(failures).toHaveLength(reject ? 2 : 0)
    }
  })

  test('what a condition throws or rejects with fails its message, with and without `reject`', async () => {
    for (const reject of [false, true]) {
      const when = (data: number): unknown => {
        if (data === 1) throw new Error('thrown')
        return data === 2 ? Promise.reject(new Error('rejected')) : true
      }
      const { env, output, failures } = run({ when, reject }, [1, 2, 3])
      await env.settle()
      expect(output.values).toEqual([3])
      expect(failures).toEqual(['filter: thrown', 'filter: rejected'])
    }
  })

  test('a condition that hangs fails its message by the timeout, and what it says later is ignored', async () => {
    const answers: ((passes: boolean) => void)[] = []
    const when = (): Promise<boolean> => new Promise((resolve) => answers.push(resolve))
    const { env, output, failures, input } = run({ when, reject: true }, [1])
    await env.advanceAsync(30_000)
    answers[0]!(false)
    await env.settle()
    expect(failures).toEqual(['filter: SLUICE_CALL_TIMEOUT'])
    expect(input.outcomes).toEqual(['1: SLUICE_CALL_TIMEOUT'])
    expect(output.values).toEqual([])
  })

  test('every message has one outcome, and those that pass are those of Array.filter (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 })), fc.boolean(), (values, reject) => {
        const { values: passed, input } = run({ when: 'data > 0', reject }, values)
        expect(passed).toEqual(values.filter((value) => value > 0))
        expect(input.receipts).toHaveLength(values.length)
      }),
    )
  })
})
