import pMap from 'p-map'
import { answered, CONCURRENCY } from '../../shapes.js'

/** @param {number} count */
function* numbers(count) {
  for (let n = 0; n < count; n++) yield n
}

/** A `p-map` loop. @type {import('../../contract.js').Contender} */
export async function asyncStage(count, consume) {
  await pMap(numbers(count), async (value) => consume(await answered(value)), { concurrency: CONCURRENCY })
  return 0
}
