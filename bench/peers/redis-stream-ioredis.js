import { Redis } from 'ioredis'
import { BEGIN_MS, numberOf, paymentAt } from '../overflow/payments.js'
import { emptyServer, redisServer } from '../overflow/redis-server.js'

export const STREAM = 'orders'
export const GROUP = 'workers'

/** What a window of the pipeline asks for at once. */
const READ_AT_ONCE = 1000
/** Messages of a call of a consumer. */
const WRITTEN_AT_ONCE = 100

/**
 * Reads as one consumer of a group, parses, and acknowledges each answer while it waits for the next one.
 *
 * @returns {Promise<import('../contract.js').PreparedContender>}
 */
export async function bareReading() {
  /** @type {import('../contract.js').Contender} */
  const run = async (count, consume) => {
    const [reads, acks] = [await connected(), await connected()]
    let [left, acked] = [count, 0]
    try {
      let acking = Promise.resolve(0)
      while (left > 0) {
        const answer = /** @type {[string, [string, string[]][]][]} */ (
          await reads.xreadgroup('GROUP', GROUP, 'bare', 'COUNT', READ_AT_ONCE, 'BLOCK', 1000, 'STREAMS', STREAM, '>')
        )
        const entries = answer[0]?.[1] ?? []
        for (const [, fields] of entries) consume(numberOf(JSON.parse(/** @type {string} */ (fields[1]))))
        left -= entries.length
        acked += await acking
        acking = acks.xack(STREAM, GROUP, ...entries.map(([id]) => id))
      }
      return count - acked - (await acking)
    } finally {
      reads.disconnect()
      acks.disconnect()
    }
  }
  return Object.assign(run, { before: fill })
}

/**
 * A pipeline of XADD for each call, awaited.
 *
 * @returns {Promise<import('../contract.js').PreparedContender>}
 */
export async function bareWriting() {
  /** @type {import('../contract.js').Contender} */
  const run = async (count, consume) => {
    const redis = await connected()
    try {
      for (let first = 0; first < count; first += WRITTEN_AT_ONCE) {
        await add(redis, first, Math.min(count, first + WRITTEN_AT_ONCE))
        for (let n = first; n < Math.min(count, first + WRITTEN_AT_ONCE); n++) consume(n)
      }
      return count - (await redis.xlen(STREAM))
    } finally {
      redis.disconnect()
    }
  }
  return Object.assign(run, { before: emptyServer })
}

/**
 * A stream of so many entries, and a group that has had none of them.
 *
 * @param {number} count
 */
export async function fill(count) {
  await emptyServer()
  const redis = await connected()
  for (let first = 0; first < count; first += READ_AT_ONCE) {
    await add(redis, first, Math.min(count, first + READ_AT_ONCE))
  }
  await redis.xgroup('CREATE', STREAM, GROUP, '0', 'MKSTREAM')
  redis.disconnect()
}

/**
 * @param {Redis} redis
 * @param {number} first
 * @param {number} end
 */
async function add(redis, first, end) {
  const pipeline = redis.pipeline()
  for (let n = first; n < end; n++) {
    const time = String(BEGIN_MS + n)
    pipeline.xadd(STREAM, '*', 'data', JSON.stringify(paymentAt(n)), 'id', `ingress:k3j4x2a9-${n}`, 'time', time)
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error
}

async function connected() {
  return new Redis(await redisServer(), '127.0.0.1')
}
