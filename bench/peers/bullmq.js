import { Queue, Worker } from 'bullmq'
import { emptyServer, redisServer } from '../overflow/redis-server.js'

export const QUEUE = 'bench'
const JOBS_PER_CALL = 1000

/** The data of the n-th job, some 250 bytes of JSON. @param {number} n */
export const jobAt = (n) => ({ n, text: 'a'.repeat(230) })

const connection = async () => ({ host: '127.0.0.1', port: await redisServer() })

/** A queue with so many waiting jobs, and nothing else. @param {number} count */
export async function addJobs(count) {
  await emptyServer()
  const queue = new Queue(QUEUE, { connection: await connection() })
  for (let first = 0; first < count; first += JOBS_PER_CALL) {
    await queue.addBulk(made(first, Math.min(count, first + JOBS_PER_CALL)))
  }
  await queue.close()
}

/**
 * BullMQ's own worker at the same concurrency, until every job is completed.
 *
 * @param {{ concurrency: number }} options
 * @returns {Promise<import('../contract.js').PreparedContender>}
 */
export async function bullWorker({ concurrency }) {
  const settings = { connection: await connection(), concurrency, removeOnComplete: { count: 0 } }
  /** @type {import('../contract.js').Contender} */
  const run = async (count, consume) => {
    let completed = 0
    const worker = new Worker(QUEUE, async ({ data }) => consume(data.n), settings)
    await new Promise((resolve) => worker.on('completed', () => ++completed === count && resolve(undefined)))
    await worker.close()
    return count - completed
  }
  return Object.assign(run, { before: addJobs })
}

/**
 * `addBulk` of so many jobs at a time, each with an id of its own, awaited.
 *
 * @param {{ perCall: number }} options
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function bullAdd({ perCall }) {
  const settings = { connection: await connection() }
  return async (count, consume) => {
    await emptyServer()
    const queue = new Queue(QUEUE, settings)
    for (let first = 0; first < count; first += perCall) {
      const jobs = made(first, Math.min(count, first + perCall))
      await queue.addBulk(jobs.map((job) => ({ ...job, opts: { jobId: `numbers%3Ak3j4x2a9-${job.data.n}` } })))
      for (const { data } of jobs) consume(data.n)
    }
    const failures = count - (await queue.count())
    await queue.close()
    return failures
  }
}

/** @param {number} first @param {number} end */
function made(first, end) {
  return Array.from({ length: end - first }, (_, index) => ({ name: 'message', data: jobAt(first + index) }))
}
