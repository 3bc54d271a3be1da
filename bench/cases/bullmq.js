/** @typedef {import('../contract.js').Case} Case */

const WORKER = "BullMQ's Worker"
const ADD = 'addBulk, with ids'

/**
 * @param {number} concurrency
 * @returns {Case}
 */
function source(concurrency) {
  return {
    name: `BullMQ, jobs handled, ${concurrency} at a time`,
    unit: 'messages/s',
    result: (n) => n,
    sluice: async (build) => (await import('../sluice/bullmq.js')).bullSource(build, { concurrency }),
    peers: { [WORKER]: async () => (await import('../peers/bullmq.js')).bullWorker({ concurrency }) },
    goals: { [WORKER]: 0.95 },
  }
}

/**
 * @param {number} perCall
 * @returns {Case}
 */
function sink(perCall) {
  return {
    name: `BullMQ, jobs added, ${perCall} at a time`,
    unit: 'messages/s',
    result: (n) => n,
    sluice: async (build) => (await import('../sluice/bullmq.js')).bullSink(build, { perCall }),
    peers: { [ADD]: async () => (await import('../peers/bullmq.js')).bullAdd({ perCall }) },
    goals: { [ADD]: 0.95 },
  }
}

/**
 * Jobs with 250 bytes of data, on a server that syncs its append-only file every second.
 *
 * @type {readonly Case[]}
 */
export const BULLMQ_CASES = [source(10), source(100), sink(500)]
