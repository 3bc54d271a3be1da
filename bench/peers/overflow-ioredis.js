import { Redis } from 'ioredis'
import { BEGIN_MS, MESSAGES_PER_CALL, MESSAGES_PER_FRAME, numberOf, paymentAt } from '../overflow/payments.js'
import { emptyServer, redisServer } from '../overflow/redis-server.js'

/** @typedef {{ id: string, time: number, data: ReturnType<typeof paymentAt> }} Kept */

/**
 * The same messages in a stream by bare ioredis, in entries of so many messages each: a pipeline of XADD for each call,
 * awaited; read back with XRANGE from the beginning, and trimmed. No lease, no checksums, and nothing is repeated.
 *
 * @param {{ drains: boolean, perEntry?: number }} options
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function bareClient({ drains, perEntry = MESSAGES_PER_FRAME }) {
  const port = await redisServer()
  return async (count, consume) => {
    await emptyServer()
    const redis = new Redis(port, '127.0.0.1')
    const key = 'bare'
    try {
      for (let first = 0; first < count; first += MESSAGES_PER_CALL) {
        const messages = made(first, Math.min(count, first + MESSAGES_PER_CALL))
        await add(redis, key, { messages, perEntry })
        if (!drains) messages.forEach(({ data }) => consume(numberOf(data)))
      }
      return drains ? count - (await drain(redis, key, consume)) : 0
    } finally {
      redis.disconnect()
    }
  }
}

/**
 * @param {number} first
 * @param {number} end
 * @returns {Kept[]}
 */
function made(first, end) {
  return Array.from({ length: end - first }, (_, index) => ({
    id: `ingress:k3j4x2a9-${first + index}`,
    time: BEGIN_MS + first,
    data: paymentAt(first + index),
  }))
}

/**
 * @param {Redis} redis
 * @param {string} key
 * @param {{ messages: readonly Kept[], perEntry: number }} given
 */
async function add(redis, key, { messages, perEntry }) {
  const pipeline = redis.pipeline()
  for (let at = 0; at < messages.length; at += perEntry) {
    const payload = Buffer.from(JSON.stringify(messages.slice(at, at + perEntry)))
    pipeline.xadd(key, '*', 'f', payload)
  }
  const answers = (await pipeline.exec()) ?? []
  for (const [error] of answers) if (error !== null) throw error
}

/** Entries that are read at once: about as many bytes as an overflow reads. */
const READ_AT_ONCE = 16

/**
 * @param {Redis} redis
 * @param {string} key
 * @param {import('../contract.js').Consume} consume
 * @returns {Promise<number>} messages that were there.
 */
async function drain(redis, key, consume) {
  let drained = 0
  for (let from = '-'; ;) {
    const entries = await redis.xrangeBuffer(key, from, '+', 'COUNT', READ_AT_ONCE)
    const last = entries.at(-1)?.[0].toString()
    if (last === undefined) return drained
    for (const [, [, payload]] of entries) {
      /** @type {Kept[]} */
      const messages = JSON.parse(String(payload))
      for (const { data } of messages) consume(numberOf(data))
      drained += messages.length
    }
    from = `(${last}`
    await redis.xtrim(key, 'MINID', '=', last)
  }
}
