/**
 * @typedef {import('../contract.js').Case} Case
 */

const PEER = 'bare file, same fsync'

/**
 * @param {string} name
 * @param {{ drains: boolean }} options
 * @returns {Case}
 */
function embedded(name, options) {
  return {
    name,
    unit: 'messages/s',
    result: (n) => n,
    sluice: async (build) => (await import('../sluice/overflow.js')).overflow(build, options),
    peers: { [PEER]: async () => (await import('../peers/overflow-bare-file.js')).bareFile(options) },
    goals: { [PEER]: 0.6 },
  }
}

const BARE = 'ioredis, the same frames'
const EACH = 'ioredis, an XADD for each'
const BULL = 'BullMQ, addBulk'

/** @param {{ drains: boolean, perEntry?: number }} options @returns {import('../contract.js').Loader} */
const bareClient = (options) => async () => (await import('../peers/overflow-ioredis.js')).bareClient(options)

/**
 * @param {string} name
 * @param {{ drains: boolean }} options
 */
function redis(name, options) {
  return {
    name,
    unit: /** @type {const} */ ('messages/s'),
    result: (/** @type {number} */ n) => n,
    sluice: /** @type {import('../contract.js').Loader} */ (
      async (build) => (await import('../sluice/overflow-redis.js')).overflow(build, options)
    ),
  }
}

/**
 * Messages of 250 bytes, some 4,000 to a call; each call is confirmed by the disk, or by a server that syncs every second.
 *
 * @type {readonly Case[]}
 */
export const OVERFLOW_CASES = [
  embedded('overflow, embedded: spill', { drains: false }),
  embedded('overflow, embedded: spill and drain', { drains: true }),
  {
    ...redis('overflow, Redis: spill', { drains: false }),
    peers: {
      [BARE]: bareClient({ drains: false }),
      [EACH]: bareClient({ drains: false, perEntry: 1 }),
      [BULL]: async () => (await import('../peers/overflow-bullmq.js')).bullQueue(),
    },
    goals: { [BARE]: 0.7, [EACH]: 2.5, [BULL]: 10 },
  },
  {
    ...redis('overflow, Redis: drain', { drains: true }),
    sluice: async (build) => (await import('../sluice/overflow-redis.js')).overflowDrain(build),
    peers: { [BARE]: async () => (await import('../peers/overflow-ioredis.js')).bareDrain() },
    goals: { [BARE]: 0.7 },
  },
  {
    ...redis('overflow, Redis: spill and drain', { drains: true }),
    peers: { [BARE]: bareClient({ drains: true }) },
    goals: { [BARE]: 0.7 },
  },
]
