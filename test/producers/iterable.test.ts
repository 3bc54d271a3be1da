import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import definition from '../../src/producers/iterable.ts'
import { asynchronous, start, stuck } from '../support/iterable-run.ts'
import { LoopEnv } from '../support/loop-env.ts'
import { line } from '../support/pipeline.ts'

describe('iterable: what it takes', () => {
  test('a list of a file, of which a text is none', () => {
    expect(definition.short).toBe('values')
    expect(definition.options.safeParse({ values: [1, 'two', null] }).success).toBe(true)
    for (const values of ['text', 5, null, undefined, { a: 1 }]) {
      expect(definition.options.safeParse({ values }).error?.issues).toMatchObject([
        {
          path: ['values'],
          message: 'expected a list, or from TypeScript an iterable, or a function that gives one',
        },
      ])
    }
    const schema = z.toJSONSchema(definition.options, { io: 'input' })
    expect(schema).toMatchObject({ properties: { values: { type: 'array' } }, required: ['values'] })
  })

  test.each([
    ['a list', [1, 2, 3]],
    ['a set', new Set([1, 2, 3])],
    ['a generator function', () => numbers(3)],
    [
      'an asynchronous generator function',
      async function* () {
        yield* numbers(3)
      },
    ],
    ['a function that gives a list later', async () => [1, 2, 3]],
    ['a function that gives an asynchronous iterable later', async () => asynchronous([1, 2, 3])],
    ['a readable stream', new Blob(['\u0001\u0002\u0003']).stream().pipeThrough(bytes())],
  ])('%s, whose values come in order, and with whose end the pipeline ends', async (_what, given) => {
    const { values, graph } = await start(given)
    await graph.finishedReport
    expect(values).toEqual([1, 2, 3])
    expect(await graph.finishedReport).toMatchObject({ outcome: 'finished' })
  })

  test('a list stays as it is: it is neither copied nor frozen', async () => {
    const given = [{ a: 1 }]
    const made = definition.options.parse({ values: given }).values
    expect(made({ signal: new AbortController().signal })).toBe(given)
    const { values } = await start(given)
    expect(values[0]).toBe(given[0])
    expect(Object.isFrozen(given)).toBe(false)
  })

  test('a function is called at each start', async () => {
    const given = (): Iterable<number> => numbers(2)
    expect((await start(given)).values).toEqual([1, 2])
    expect((await start(given)).values).toEqual([1, 2])
  })

  test('a generator has values for one run: another one is told so', async () => {
    const once = numbers(2)
    expect((await start(once)).values).toEqual([1, 2])
    const { graph } = await start(once)
    expect(await graph.finishedReport).toMatchObject({ outcome: 'failed', error: { code: 'SLUICE_ITERABLE_USED' } })
  })

  test.each([
    ['undefined', () => undefined],
    ['a text', () => 'abc'],
    ['a promise of a number', () => Promise.resolve(3)],
  ])('a function that gives %s ends the pipeline and says why', async (_what, given) => {
    const { error } = await (await start(given)).graph.finishedReport
    expect(error).toMatchObject({
      code: 'SLUICE_ITERABLE_FAILED',
      message: expect.stringContaining('cannot be iterated'),
    })
  })
})

describe('iterable: an iterator that answers at once', () => {
  test('is pulled by what is asked for, and cleans up when the pipeline stops', async () => {
    let pulled = 0
    let isCleanedUp = false
    const endless = function* (): Generator<number> {
      try {
        for (;;) yield ++pulled
      } finally {
        isCleanedUp = true
      }
    }
    const { env, graph } = await start(endless, stuck(7))
    expect(pulled).toBe(7)
    void graph.stop()
    await env.advanceAsync(5_000)
    expect([pulled, isCleanedUp]).toEqual([7, true])
  })

  test('what was pulled before it throws is given out, and then the pipeline ends with what it threw', async () => {
    const cause = new Error('no more')
    const { graph, values } = await start(function* () {
      yield* [1, 2]
      throw cause
    })
    expect(values).toEqual([1, 2])
    const { error, node } = await graph.finishedReport
    expect(node).toBe('iterable')
    expect(error).toMatchObject({ code: 'SLUICE_ITERABLE_FAILED', cause })
    expect(error!.message).toBe('the iterator failed after 2 values: no more')
  })

  test('a `return` that throws is logged and changes nothing', async () => {
    const made = await start(
      () => ({
        [Symbol.iterator]: () => ({
          next: () => ({ done: false, value: 1 }),
          return: () => {
            throw new Error('mine')
          },
        }),
      }),
      stuck(1),
      0,
    )
    void made.graph.stop()
    await made.env.advanceAsync(10)
    expect(made.log).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'the iterator failed while it was ended' }),
    )
  })

  test('a slow one lets the loop have its turn', () => {
    const env = new LoopEnv()
    let pulled = 0
    const slow = function* (): Generator<number> {
      for (;;) {
        env.spend(1)
        yield ++pulled
      }
    }
    const { graph } = line([{ component: definition, options: { values: slow } }, stuck(1000)], env)
    void graph.start()
    env.runMicrotasks()
    expect(pulled).toBe(8)
  })
})

function* numbers(count: number): Generator<number> {
  for (let n = 1; n <= count; n++) yield n
}

function bytes(): TransformStream<Uint8Array, number> {
  return new TransformStream({
    transform: (chunk, controller) => {
      for (const byte of chunk) controller.enqueue(byte)
    },
  })
}
