import { Queue } from 'bullmq'
import { numberOf, paymentAt } from '../overflow/payments.js'
import { emptyServer, redisServer } from '../overflow/redis-server.js'

/** Jobs of an `addBulk`: of 100, 500, 1,000 and 4,000 the fastest. */
const JOBS_PER_CALL = 500

/**
 * The same messages as jobs of a BullMQ queue: `addBulk` for so many at a time, awaited.
 *
 * @param {{ perCall?: number }} [options]
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function bullQueue({ perCall = JOBS_PER_CALL } = {}) {
  const port = await redisServer()
  return async (count, consume) => {
    await emptyServer()
    const queue = new Queue('bench', { connection: { host: '127.0.0.1', port } })
    try {
      for (let first = 0; first < count; first += perCall) {
        const jobs = made(first, Math.min(count, first + perCall))
        await queue.addBulk(jobs)
        for (const { data } of jobs) consume(numberOf(data))
      }
      return count - (await queue.count())
    } finally {
      await queue.close()
    }
  }
}

/**
 * @param {number} first
 * @param {number} end
 */
function made(first, end) {
  return Array.from({ length: end - first }, (_, index) => ({ name: 'payment', data: paymentAt(first + index) }))
}
