import { emptyServer, redisServer } from '../overflow/redis-server.js'
import { pass } from './overflow.js'

/** More than any run stores. */
const LIMIT_BYTES = 1024 ** 4
const LOG = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * The overflow in Redis: messages into frames, stored when the server has answered; and back.
 *
 * @param {import('../contract.js').Build} build
 * @param {{ drains: boolean }} options
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function overflow({ core, redisOverflow: load }, { drains }) {
  const { redisOverflow, redisStoreOptions } = await load()
  const redis = redisStoreOptions.parse({ url: `redis://127.0.0.1:${await redisServer()}`, durability: 'aof' })
  const place = { pipeline: 'bench', node: 'ledger' }
  return async (count, consume) => {
    await emptyServer()
    const store = redisOverflow({ redis, place, limit: LIMIT_BYTES }, { env: core.realEnv, log: LOG })
    return pass(core, store, { count, consume, drains })
  }
}
