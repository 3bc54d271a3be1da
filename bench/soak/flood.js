import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { redisServer } from '../overflow/redis-server.js'
import { median } from '../statistics.js'

/**
 * @typedef {import('./flood/flooding.js').Flood} Flood
 * @typedef {keyof typeof FLOODS} FloodKind
 */

const PROGRAM = fileURLToPath(new URL('flood/flooding.js', import.meta.url))
/** Messages that come back before the rest is purged, where there are so many. */
const DRAINED = 500_000
/** After so long the resident set is flat: no sample is further from their median than this part of it. */
const SETTLED_SECONDS = 10
const FLAT_PART = 0.1
const MOST_START_MS = 1000
const FEWEST_SAMPLES = 2

/** What each kind is flooded with where nothing is said, and what a message of 245 bytes may take there. */
export const FLOODS = {
  embedded: { messages: 10_000_000, mostBytes: 300 },
  redis: { messages: 1_000_000, mostBytes: 330 },
}

const execute = promisify(execFile)

/**
 * Floods an overflow whose consumer stands still, in a process of its own.
 *
 * @param {FloodKind} kind
 * @param {number} messages
 * @returns {Promise<Flood>}
 */
export async function flood(kind, messages) {
  const drained = Math.min(DRAINED, messages >> 1)
  if (kind === 'redis') return run({ port: await redisServer() }, messages, drained)
  const folder = await mkdtemp(join(tmpdir(), 'sluice-flood-'))
  try {
    return await run({ folder: join(folder, 'store') }, messages, drained)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * @param {import('./flood/pipeline.js').Place} place
 * @param {number} messages
 * @param {number} drained
 * @returns {Promise<Flood>}
 */
async function run(place, messages, drained) {
  const args = [PROGRAM, JSON.stringify(place), String(messages), String(drained)]
  const { stdout } = await execute(process.execPath, args)
  return JSON.parse(stdout)
}

/**
 * How far the resident set was from its median after the first seconds, as a part of it.
 *
 * @param {readonly number[]} residentBytes each second.
 * @returns {number | undefined} undefined where the flood was too short to tell.
 */
export function strayOf(residentBytes) {
  const settled = residentBytes.slice(SETTLED_SECONDS)
  if (settled.length < FEWEST_SAMPLES) return undefined
  const middle = median(settled)
  return Math.max(...settled.map((bytes) => Math.abs(bytes - middle) / middle))
}

/** @param {readonly number[]} residentBytes */
function residentClaim(residentBytes) {
  const stray = strayOf(residentBytes)
  const middle = residentBytes.length >> 1
  const halves = [residentBytes.slice(0, middle), residentBytes.slice(middle)]
  const most = halves.map((half) => (Math.max(0, ...half) / 2 ** 20).toFixed(0)).join(' and ')
  const flat =
    stray === undefined ? 'too short to tell whether it is flat' : `within ${(stray * 100).toFixed(1)} % of its median`
  return {
    text: `resident set at most ${most} MiB in the first and the second half, after ${SETTLED_SECONDS} s ${flat} (at most ${FLAT_PART * 100})`,
    isMet: stray === undefined || stray <= FLAT_PART,
  }
}

/**
 * What was aimed at, each with what came out.
 *
 * @param {FloodKind} kind
 * @param {Flood} taken
 * @returns {{ text: string, isMet: boolean }[]}
 */
export function claimsOf(kind, taken) {
  const { mostBytes } = FLOODS[kind]
  return [
    residentClaim(taken.residentBytes),
    {
      text: `a message of ${taken.dataBytes.toFixed(0)} bytes takes ${taken.bytesPerMessage.toFixed(0)} (at most ${mostBytes})`,
      isMet: taken.bytesPerMessage <= mostBytes,
    },
    {
      text: `with ${taken.stored} stored, the first comes back ${taken.startMs.toFixed(0)} ms after the process began, ${taken.openMs.toFixed(0)} after its pipeline (at most ${MOST_START_MS})`,
      isMet: taken.startMs <= MOST_START_MS,
    },
    { text: `failures ${taken.failures}`, isMet: taken.failures === 0 },
  ]
}
