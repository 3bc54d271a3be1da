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

/** Messages of 250 bytes, some 4,000 to a call, each call confirmed by the disk. @type {readonly Case[]} */
export const OVERFLOW_CASES = [
  embedded('overflow, embedded: spill', { drains: false }),
  embedded('overflow, embedded: spill and drain', { drains: true }),
]
