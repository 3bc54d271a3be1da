import { Redis } from 'ioredis'
import { BEGIN_MS, MESSAGES_PER_CALL, MESSAGES_PER_FRAME, numberOf, paymentAt } from '../overflow/payments.js'
import { emptyServer, redisServer } from '../overflow/redis-server.js'

const KEY = 'bare'

/** @typedef {{ id: string, time: number, data: ReturnType<typeof paymentAt> }} Kept */

/**
 * The same messages in a stream by bare ioredis, in entries of so many messages each: a pipeline of XADD for each call,
 * awaited; read back with XRANGE from the beginning, and trimmed. No lease, no checksums, and nothing is repeated.
 *
 * @param {{ drains: boolean, perEntry?: number }} options
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function bareClient({ drains, perEntry = MESSAGES_PER_FRAME }) {
  return async (count, consume) => {
    const redis = await connected()
    try {
      await fill(redis, { count, perEntry, consume: drains ? () => {} : consume })
      return drains ? count - (await drain(redis, consume)) : 0
    } finally {
      redis.disconnect()
    }
  }
}

/**
 * Back alone: the stream was filled before.
 *
 * @returns {Promise<import('../contract.js').PreparedContender>}
 */
export async function bareDrain() {
  /** @type {Redis} */
  let redis
  const before = async (/** @type {number} */ count) => {
    redis = await connected()
    await fill(redis, { count, perEntry: MESSAGES_PER_FRAME, consume: () => {} })
  }
  /** @type {import('../contract.js').Contender} */
  const run = async (count, consume) => {
    try {
      return count - (await drain(redis, consume))
    } finally {
      redis.disconnect()
    }
  }
  return Object.assign(run, { before })
}

/** To a server with nothing in it. */
async function connected() {
  await emptyServer()
  return new Redis(await redisServer(), '127.0.0.1')
}

/**
 * @param {Redis} redis
 * @param {{ count: number, perEntry: number, consume: import('../contract.js').Consume }} task consumes what is stored.
 */
async function fill(redis, { count, perEntry, consume }) {
  for (let first = 0; first < count; first += MESSAGES_PER_CALL) {
    const messages = made(first, Math.min(count, first + MESSAGES_PER_CALL))
    await add(redis, { messages, perEntry })
    for (const { data } of messages) consume(numberOf(data))
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
 * @param {{ messages: readonly Kept[], perEntry: number }} given
 */
async function add(redis, { messages, perEntry }) {
  const pipeline = redis.pipeline()
  for (let at = 0; at < messages.length; at += perEntry) {
    const payload = Buffer.from(JSON.stringify(messages.slice(at, at + perEntry)))
    pipeline.xadd(KEY, '*', 'f', payload)
  }
  const answers = (await pipeline.exec()) ?? []
  for (const [error] of answers) if (error !== null) throw error
}

/** Entries that are read at once: about as many bytes as an overflow reads. */
const READ_AT_ONCE = 16

/**
 * Trims what it has while it reads on, one trim at a time.
 *
 * @param {Redis} redis
 * @param {import('../contract.js').Consume} consume
 * @returns {Promise<number>} messages that were there.
 */
async function drain(redis, consume) {
  let drained = 0
  let trimming = Promise.resolve(0)
  for (let from = '-'; ;) {
    const entries = await redis.xrangeBuffer(KEY, from, '+', 'COUNT', READ_AT_ONCE)
    const last = entries.at(-1)?.[0].toString()
    await trimming
    if (last === undefined) return drained
    for (const [, [, payload]] of entries) {
      /** @type {Kept[]} */
      const messages = JSON.parse(String(payload))
      for (const { data } of messages) consume(numberOf(data))
      drained += messages.length
    }
    from = `(${last}`
    trimming = redis.xtrim(KEY, 'MINID', '=', last)
  }
}
