import { afterMillisecond, atOnce, numberOf } from '../records/job.js'

/**
 * @typedef {import('../contract.js').Case} Case
 * @typedef {import('../contract.js').Loader} Loader
 * @typedef {import('../records/job.js').LookUp} LookUp
 */

/**
 * Those who do the whole job: parse, look up in order per key, batch, stringify.
 *
 * @param {LookUp} lookUp
 * @returns {Readonly<Record<string, Loader>>}
 */
function peers(lookUp) {
  return {
    'p-map': async () => (await import('../peers/records/p-map.js')).records(lookUp),
    RxJS: async () => (await import('../peers/records/rxjs.js')).records(lookUp),
    'Node object streams': async () => (await import('../peers/records/node-streams.js')).records(lookUp),
    'async generators': async () => (await import('../peers/records/async-generators.js')).records(lookUp),
  }
}

/**
 * @param {string} name
 * @param {LookUp} lookUp
 */
function records(name, lookUp) {
  return {
    name: `JSON, async per key: ${name}`,
    unit: /** @type {const} */ ('messages/s'),
    result: numberOf,
    sluice: /** @type {Loader} */ (async (build) => (await import('../sluice/records.js')).records(build, lookUp)),
    peers: peers(lookUp),
  }
}

const resolved = records('resolved promise', atOnce)

/** The row that most users live in. @type {readonly Case[]} */
export const RECORD_CASES = [
  {
    ...records('1 ms timer', afterMillisecond),
    goals: { 'p-map': 0.95, RxJS: 0.95, 'Node object streams': 0.95, 'async generators': 0.95 },
  },
  {
    ...resolved,
    peers: {
      ...resolved.peers,
      'parse + stringify alone': async () => (await import('../peers/records/parse-and-stringify.js')).run,
    },
    goals: {
      'p-map': 1,
      RxJS: 1,
      'Node object streams': 1,
      'async generators': 1,
      'parse + stringify alone': 0.8,
    },
  },
]
