import { JSON_BODIES, NDJSON_BODIES, numberOf } from '../http/bodies.js'

/**
 * @typedef {import('../contract.js').Case} Case
 * @typedef {import('../http/bodies.js').Format} Format
 */

const PEER = 'node:http + JSON.parse'

/**
 * @param {string} name
 * @param {{ format: Format, goal: number }} settings
 * @returns {Case}
 */
function http(name, { format, goal }) {
  return {
    name,
    unit: 'messages/s',
    result: numberOf,
    sluice: async (build) => (await import('../sluice/http.js')).http(build, format),
    peers: { [PEER]: async () => (await import('../peers/http/node-http.js')).nodeHttp(format) },
    goals: { [PEER]: goal },
  }
}

/**
 * By a client of ours in a process of its own, over 64 connections; CPU time is that of the server alone.
 *
 * @type {readonly Case[]}
 */
export const HTTP_CASES = [
  http('HTTP, 250 B of JSON, accepted', { format: JSON_BODIES, goal: 0.8 }),
  {
    name: 'HTTP, 250 B of JSON, durable',
    unit: 'messages/s',
    result: numberOf,
    sluice: async (build) => (await import('../sluice/http.js')).durableHttp(build, JSON_BODIES),
    peers: { 'sluice, accepted': async (build) => (await import('../sluice/http.js')).http(build, JSON_BODIES) },
    goals: { 'sluice, accepted': 0.4 },
  },
  http('HTTP, NDJSON of 100 lines, accepted', { format: NDJSON_BODIES, goal: 0.75 }),
]
