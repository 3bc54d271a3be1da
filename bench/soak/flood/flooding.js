import { execFile } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { built } from '../../build.js'
import { paymentAt } from '../../overflow/payments.js'
import { flooded, Gate, storesAt } from './pipeline.js'

// Fills an overflow behind which nobody takes anything, has another process start with what is stored, drains a part,
// and purges the rest: `node flooding.js <place as JSON> <messages> <drained>`. Its resident set is noted each second.
// Prints a line of JSON, a `Flood`.

/**
 * @typedef {object} Flood
 * @property {number} stored messages when the overflow was full.
 * @property {number} dataBytes of a message as JSON, the mean.
 * @property {number} bytesPerMessage that the store takes: blocks of its files, or what MEMORY USAGE says of its keys.
 * @property {readonly number[]} residentBytes each second.
 * @property {number} fillSeconds
 * @property {number} startMs from the beginning of a new process to the first message that comes back.
 * @property {number} openMs of that, from the start of its pipeline on.
 * @property {number} drainSeconds
 * @property {number} purgeMs
 * @property {number} failures messages that came out of order or are missing.
 */

const START = fileURLToPath(new URL('starting.js', import.meta.url))
const SECOND_MS = 1000
const LOOK_EVERY_MS = 10
const BLOCK_BYTES = 512
const SAMPLES = 1000

const execute = promisify(execFile)
const [place, messages, drained] = process.argv.slice(2).map((text) => JSON.parse(text))
const build = await built()
const createStore = await storesAt(build, place)
const residentBytes = /** @type {number[]} */ ([])
setInterval(() => residentBytes.push(process.memoryUsage.rss()), SECOND_MS).unref()

const filled = await fill()
const bytes = 'port' in place ? await bytesInRedis(place.port) : bytesOnDisk(place.folder)
const started = await startApart(filled.taken)
const drain = await drainPart(filled.taken + started.taken)
const purged = await purge()
const takenInAll = filled.taken + started.taken + drain.taken
/** @type {Flood} */
const flood = {
  stored: filled.stored,
  dataBytes: meanBytes(),
  bytesPerMessage: bytes / filled.stored,
  residentBytes,
  fillSeconds: filled.seconds,
  startMs: started.startMs,
  openMs: started.openMs,
  drainSeconds: drain.seconds,
  purgeMs: purged.ms,
  failures: filled.misplaced + started.misplaced + drain.misplaced + Math.abs(messages - takenInAll - purged.messages),
}
process.stdout.write(`${JSON.stringify(flood)}\n`)
process.exit()

/** Until all that the producer has given is stored, but for what the consumer has been given before it opened. */
async function fill() {
  const gate = new Gate(0)
  const graph = flooded(build, createStore, { count: messages, each: (payment) => gate.take(payment) })
  const start = performance.now()
  await graph.start()
  await until(() => {
    const { nodes, overflows } = graph.stats()
    const [overflow] = overflows
    return nodes[0]?.out === messages && overflow?.waiting === 0 && overflow.appending === 0
  })
  const seconds = (performance.now() - start) / SECOND_MS
  const stored = graph.stats().overflows[0]?.stored ?? 0
  gate.open(Infinity)
  await graph.stop()
  return { stored, seconds, taken: gate.taken, misplaced: gate.misplaced }
}

/**
 * @param {number} first
 * @returns {Promise<{ startMs: number, openMs: number, taken: number, misplaced: number }>}
 */
async function startApart(first) {
  const { stdout } = await execute(process.execPath, [START, JSON.stringify(place), String(first)])
  return JSON.parse(stdout)
}

/** @param {number} first */
async function drainPart(first) {
  const gate = new Gate(first)
  const graph = flooded(build, createStore, { count: 0, each: (payment) => gate.take(payment) })
  gate.open(drained)
  const start = performance.now()
  await graph.start()
  await until(() => gate.taken > drained || graph.stats().overflows[0]?.stored === 0)
  const seconds = (performance.now() - start) / SECOND_MS
  gate.open(Infinity)
  await graph.stop()
  return { seconds, taken: gate.taken, misplaced: gate.misplaced }
}

/** As `sluice overflow purge` does it. */
async function purge() {
  const store = createStore()
  const start = performance.now()
  const { parts } = await store.open({ onTrouble: () => undefined, onOwnerLost: () => undefined })
  const left = store.depth
  await store.commit({ below: store.next, above: [], parts: parts + left.parts })
  await store.close()
  return { messages: left.messages, ms: performance.now() - start }
}

/** @param {() => boolean} isDone */
async function until(isDone) {
  while (!isDone()) await delay(LOOK_EVERY_MS)
}

/** @param {string} folder */
function bytesOnDisk(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(folder, name)))
  return files.reduce((sum, file) => sum + (file.isFile() ? file.blocks * BLOCK_BYTES : 0), 0)
}

/** @param {number} port */
async function bytesInRedis(port) {
  const redis = new Redis(port, '127.0.0.1')
  const keys = await redis.keys('*')
  const sizes = await Promise.all(keys.map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)))
  redis.disconnect()
  return sizes.reduce((/** @type {number} */ sum, size) => sum + (size ?? 0), 0)
}

function meanBytes() {
  const step = Math.max(1, Math.floor(messages / SAMPLES))
  let sum = 0
  for (let sample = 0; sample < SAMPLES; sample++) sum += JSON.stringify(paymentAt(sample * step)).length
  return sum / SAMPLES
}
