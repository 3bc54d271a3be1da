import { BATCH_SIZE, CONCURRENCY } from '../../records/job.js'
import { Sink } from '../../records/sink.js'
import { textsOf } from '../../records/texts.js'
import { keyedTurns } from './turns.js'

/**
 * @typedef {import('../../records/job.js').Payment} Payment
 * @typedef {import('../../records/job.js').LookUp} LookUp
 */

/**
 * @param {Iterable<string>} texts
 * @returns {AsyncGenerator<Payment>}
 */
async function* parse(texts) {
  for (const text of texts) yield JSON.parse(text)
}

/**
 * Promises in a queue, awaited in order of arrival.
 *
 * @param {AsyncIterable<Payment>} payments
 * @param {LookUp} lookUp
 */
async function* lookedUp(payments, lookUp) {
  const inTurn = keyedTurns()
  /** @type {Promise<Payment>[]} */
  const underWay = []
  for await (const payment of payments) {
    const oldest = underWay.length < CONCURRENCY ? undefined : underWay.shift()
    if (oldest !== undefined) yield oldest
    underWay.push(inTurn(payment.merchant, () => lookUp(payment)))
  }
  yield* underWay
}

/** @param {AsyncIterable<Payment>} payments */
async function* batched(payments) {
  /** @type {Payment[]} */
  let batch = []
  for await (const payment of payments) {
    batch.push(payment)
    if (batch.length < BATCH_SIZE) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/**
 * Async generators, chained.
 *
 * @param {LookUp} lookUp
 * @returns {import('../../contract.js').Contender}
 */
export function records(lookUp) {
  return async (count, consume) => {
    const sink = new Sink(consume)
    for await (const batch of batched(lookedUp(parse(textsOf(count)), lookUp))) sink.write(batch)
    return sink.failures(count)
  }
}
