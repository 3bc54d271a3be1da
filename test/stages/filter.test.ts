import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import filter from '../../src/stages/filter.ts'
import { collect, feed } from '../support/ends.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { line } from '../support/pipeline.ts'

function run(options: { when: unknown; reject?: boolean }, values: readonly unknown[]) {
  const env = new ManualEnv()
  const input = feed()
  const output = collect()
  const { graph, failures } = line([input, { component: filter, options }, output], env)
  void graph.start()
  input.push(values)
  env.run()
  return { values: output.values, input, failures, dropped: graph.node('filter').counters.dropped }
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
