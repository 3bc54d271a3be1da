import { answered, CONCURRENCY } from '../../shapes.js'

/** @param {number} count */
async function* numbers(count) {
  for (let n = 0; n < count; n++) yield n
}

/**
 * Promises in a queue, awaited in order of arrival.
 *
 * @param {AsyncIterable<number>} values
 */
async function* allAnswered(values) {
  /** @type {Promise<number>[]} */
  const underWay = []
  for await (const value of values) {
    const oldest = underWay.length < CONCURRENCY ? undefined : underWay.shift()
    if (oldest !== undefined) yield oldest
    underWay.push(answered(value))
  }
  yield* underWay
}

/** Async generators, chained. @type {import('../../contract.js').Contender} */
export async function asyncStage(count, consume) {
  for await (const value of allAnswered(numbers(count))) consume(value)
  return 0
}
