import { numberOf } from '../http/bodies.js'

/** @typedef {import('../contract.js').Case} Case */

const PEER = 'undici alone'

/**
 * @param {string} name
 * @param {{ concurrency: number, values: number }} settings
 * @returns {Case}
 */
function client(name, settings) {
  return {
    name,
    unit: 'messages/s',
    result: numberOf,
    sluice: async (build) => (await import('../sluice/http-client.js')).httpClient(build, settings),
    peers: { [PEER]: async () => (await import('../peers/http/undici.js')).undici(settings) },
    goals: { [PEER]: 0.9 },
  }
}

/**
 * To a server of ours in a process of its own, which costs little; CPU time is that of the client alone.
 *
 * @type {readonly Case[]}
 */
export const HTTP_CLIENT_CASES = [
  client('HTTP client, arrays of 100, 8 at once', { concurrency: 8, values: 100 }),
  client('HTTP client, one by one, 64 at once', { concurrency: 64, values: 1 }),
]
