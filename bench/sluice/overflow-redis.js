import { emptyServer, redisServer } from '../overflow/redis-server.js'
import { drainOnly, pass } from './overflow.js'

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
export async function overflow(build, { drains }) {
  const createStore = await storesOn(build, await redisServer())
  return async (count, consume) => {
    await emptyServer()
    return pass(build.core, createStore(), { count, consume, drains })
  }
}

/**
 * Back alone: it was filled before.
 *
 * @param {import('../contract.js').Build} build
 * @returns {Promise<import('../contract.js').PreparedContender>}
 */
export async function overflowDrain(build) {
  const createStore = await storesOn(build, await redisServer())
  return drainOnly(build.core, async () => {
    await emptyServer()
    return createStore()
  })
}

/**
 * @param {import('../contract.js').Build} build
 * @param {number} port of the server, or of what stands before it.
 * @returns {Promise<() => import('../../src/core/overflow-store.ts').OverflowStore>} always of the same place.
 */
export async function storesOn({ core, redisOverflow: load }, port) {
  const { redisOverflow, redisStoreOptions } = await load()
  const redis = redisStoreOptions.parse({ url: `redis://127.0.0.1:${port}`, durability: 'aof' })
  const place = { pipeline: 'bench', node: 'ledger' }
  return () => redisOverflow({ redis, place, limit: LIMIT_BYTES }, { env: core.realEnv, log: LOG })
}
