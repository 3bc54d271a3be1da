import { describe, expect, test } from 'vitest'
import type { CallInfo } from '../../src/core/component.ts'
import type { Message } from '../../src/core/message.ts'
import definition from '../../src/stages/map.ts'
import { collect, feed } from '../support/ends.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { line } from '../support/pipeline.ts'

function run(to: unknown, values: readonly unknown[]): { env: ManualEnv; values: unknown[]; outcomes: string[] } {
  const env = new ManualEnv()
  const input = feed()
  const output = collect()
  const { graph } = line([input, { component: definition, options: { to } }, output], env)
  void graph.start()
  input.push(values)
  env.run()
  return { env, values: output.values, outcomes: input.outcomes }
}

describe('map', () => {
  test('one expression gives the new data, in order', () => {
    expect(run('data.a * 2', [{ a: 1 }, { a: 2 }, { a: 3 }]).values).toEqual([2, 4, 6])
  })

  test('an object of expressions gives exactly these fields', () => {
    const payment = { id: 'p', amount: 1.5, iban: 'DE1' }
    expect(run({ id: 'data.id', cents: 'data.amount * 100' }, [payment]).values).toEqual([{ id: 'p', cents: 150 }])
  })

  test('a function is the handler itself: it has data, message and call', () => {
    const to = (data: number, { headers }: Message, { attempt }: CallInfo): unknown => [data + 1, headers, attempt]
    expect(definition.options.parse({ to }).to).toBe(to)
    expect(run(to, [1, 2]).values).toEqual([
      [2, {}, 1],
      [3, {}, 1],
    ])
  })

  test('a function may be asynchronous', async () => {
    const { env, values, outcomes } = run(
      async (data: number) => {
        if (data === 2) throw new Error('mine')
        return data + 1
      },
      [1, 2, 3],
    )
    await env.settle()
    expect(values).toEqual([2, 4])
    expect(outcomes.toSorted()).toEqual(['2: Error: mine', '2: acked', '4: acked'])
  })

  test('leaves the data that it was given as it was', () => {
    const given = Object.freeze({ a: 1 })
    expect(run({ b: 'data.a' }, [given]).values).toEqual([{ b: 1 }])
    expect(given).toEqual({ a: 1 })
  })

  test('an expression that cannot be computed fails its message and no other', () => {
    const { values, outcomes } = run('data + 1', [1, 1n, 2])
    expect(values).toEqual([2, 3])
    expect(outcomes).toEqual(['"1n": SLUICE_EXPRESSION_FAILED', '2: acked', '3: acked'])
  })

  test('a mistake in an expression is found when the options are checked', () => {
    expect(definition.options.safeParse({ to: 'data.' }).success).toBe(false)
    expect(definition.options.safeParse({ to: {} }).success).toBe(false)
    expect(definition.options.safeParse({ to: 'data', two: 'data' }).success).toBe(false)
  })
})
