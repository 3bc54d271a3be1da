import { describe, expect, test } from 'vitest'
import { collect } from '../support/ends.ts'
import { start } from '../support/iterable-run.ts'

/** How a pipeline ended whose iterator gives this after one value. */
async function endOf(symbol: 'iterator' | 'asyncIterator', given: unknown) {
  let count = 0
  const next = () => (count++ === 0 ? { value: 'first', done: false } : given)
  const { graph, values } = await start(() => ({ [Symbol[symbol]]: () => ({ next }) }), collect())
  return { ...(await graph.finishedReport), values, count }
}

const RESULTS = [
  [7, 'a number'],
  ['text', 'a string'],
  [true, 'a boolean'],
  [null, 'null'],
  [undefined, 'undefined'],
] as const

describe.each(['iterator', 'asyncIterator'] as const)('iterable: an object with Symbol.%s', (symbol) => {
  test.each(RESULTS)('whose `next()` gives %j ends the pipeline, after what came before', async (given, found) => {
    const { outcome, error, values, count } = await endOf(symbol, given)
    expect([outcome, values, count]).toEqual(['failed', ['first'], 2])
    expect(error).toMatchObject({
      code: 'SLUICE_ITERABLE_FAILED',
      message: `the iterator failed after 1 values: its next() gave ${found}, not an object with \`done\` and \`value\``,
    })
  })

  test.each([null, 7, {}, { next: 7 }])('that gives %j for an iterator ends the pipeline', async (iterator) => {
    const { graph } = await start(() => ({ [Symbol[symbol]]: () => iterator }), collect())
    expect((await graph.finishedReport).error).toMatchObject({
      code: 'SLUICE_ITERABLE_FAILED',
      message: 'the iterator failed after 0 values: its iterator has no function `next`',
    })
  })
})

test('iterable: promises of an iterator that does not say that it is asynchronous are not values without end', async () => {
  const { error, values } = await endOf('iterator', Promise.resolve({ value: 2, done: false }))
  expect(values).toEqual(['first'])
  expect(error).toMatchObject({
    code: 'SLUICE_ITERABLE_FAILED',
    message: expect.stringContaining(
      'its next() gave a promise: give an asynchronous iterator under Symbol.asyncIterator',
    ),
  })
})

test('iterable: an object without `value` is a value that is undefined, as everywhere', async () => {
  let count = 0
  const next = () => ({ done: ++count > 2 })
  const { graph, values } = await start(() => ({ [Symbol.iterator]: () => ({ next }) }), collect())
  expect(await graph.finishedReport).toMatchObject({ outcome: 'finished' })
  expect(values).toEqual([undefined, undefined])
})
