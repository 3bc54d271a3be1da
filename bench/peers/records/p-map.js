import pMap from 'p-map'
import { CONCURRENCY } from '../../records/job.js'
import { Batcher, Sink } from '../../records/sink.js'
import { textsOf } from '../../records/texts.js'
import { keyedTurns } from './turns.js'

/**
 * A `p-map` loop over a generator: everything that is done with a record is done in its mapper.
 *
 * @param {import('../../records/job.js').LookUp} lookUp
 * @returns {import('../../contract.js').Contender}
 */
export function records(lookUp) {
  return async (count, consume) => {
    const sink = new Sink(consume)
    const batcher = new Batcher(sink)
    const inTurn = keyedTurns()
    await pMap(
      textsOf(count),
      async (text) => {
        const payment = JSON.parse(text)
        batcher.add(await inTurn(payment.merchant, () => lookUp(payment)))
      },
      { concurrency: CONCURRENCY },
    )
    batcher.flush()
    return sink.failures(count)
  }
}
