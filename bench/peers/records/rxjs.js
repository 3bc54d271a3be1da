import { bufferCount, concatMap, from, map, mergeMap, range } from 'rxjs'
import { BATCH_SIZE, CONCURRENCY } from '../../records/job.js'
import { Sink } from '../../records/sink.js'
import { textAt } from '../../records/texts.js'
import { keyedTurns } from './turns.js'

/**
 * Texts are fed in slices: RxJS has no back-pressure, and what `mergeMap` has no slot for waits in an array that becomes
 * the slower the longer it is. At the end of a slice there is a moment with fewer lookups under way, once in so many.
 */
const SLICE = 5000

/**
 * RxJS.
 *
 * @param {import('../../records/job.js').LookUp} lookUp
 * @returns {import('../../contract.js').Contender}
 */
export function records(lookUp) {
  return (count, consume) => {
    const sink = new Sink(consume)
    const inTurn = keyedTurns()
    const payments = range(0, Math.ceil(count / SLICE)).pipe(
      concatMap((slice) =>
        from(sliceOf(slice * SLICE, count)).pipe(
          map((text) => JSON.parse(text)),
          mergeMap((payment) => inTurn(payment.merchant, () => lookUp(payment)), CONCURRENCY),
        ),
      ),
      bufferCount(BATCH_SIZE),
    )
    return new Promise((resolve) => {
      payments.subscribe({
        next: (batch) => sink.write(batch),
        error: () => resolve(count),
        complete: () => resolve(sink.failures(count)),
      })
    })
  }
}

/**
 * @param {number} first
 * @param {number} count
 */
function sliceOf(first, count) {
  return Array.from({ length: Math.min(SLICE, count - first) }, (_, index) => textAt(first + index))
}
