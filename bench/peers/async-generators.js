/** @param {number} count */
async function* produce(count) {
  for (let n = 0; n < count; n++) yield n
}

/**
 * @param {AsyncIterable<number>} source
 * @param {(value: number) => number} change
 */
async function* map(source, change) {
  for await (const value of source) yield change(value)
}

/**
 * Async generators, chained: the language's own pull streams.
 *
 * @type {import('../contract.js').Contender}
 */
export async function run(count, consume) {
  const incremented = map(produce(count), (value) => value + 1)
  const doubled = map(incremented, (value) => value * 2)
  for await (const value of doubled) consume(value)
  return 0
}
