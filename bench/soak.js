import { built } from './build.js'
import { parse, runProgram, UsageError } from './program.js'
import { claimsOf, flood, FLOODS } from './soak/flood.js'
import { allowedBytes, isSteady, soak } from './soak/heap.js'
import { stagesToSoak } from './soak/stages.js'

/** Messages through each stage, where nothing is said. */
const SOAKED = 50_000_000

const USAGE = `npm run soak -- [options]

Sends messages through each built-in stage, and one that fails and is tried again, and compares the heap at the end with what it was early on.

  --messages N  messages through each stage (50000000)
  --baseline N  the heap is compared with what it was after so many (1000000)
  --flood STORE instead: fills an overflow whose consumer stands still, \`embedded\` or \`redis\`, starts with what is
                stored, drains 500000, purges the rest, and looks at memory, bytes and times; --messages are those that
                it is filled with (10000000, in Redis 1000000)`

/** @typedef {import('./soak/flood.js').FloodKind} FloodKind */

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code: 1 if something has missed its goal, or a message failed.
 */
async function main(args) {
  const { messages, baseline, flooded } = readOptions(args)
  await built()
  return flooded === undefined ? soakStages(messages, baseline) : floodStore(flooded, messages)
}

/**
 * @param {number} messages
 * @param {number} baseline
 * @returns {Promise<number>} 1 if a heap has grown by more than 10 % or 8 MiB, or a message failed.
 */
async function soakStages(messages, baseline) {
  let exitCode = 0
  for (const { name, module, options, oneIn } of stagesToSoak()) {
    const [all, early] = [Math.ceil(messages / oneIn), Math.ceil(baseline / oneIn)]
    const weights = await soak(module, { options, messages: all, baseline: early })
    const { baselineBytes, endBytes, failures } = weights
    const verdict = isSteady(weights) ? 'steady' : 'NOT STEADY'
    if (!isSteady(weights)) exitCode = 1
    process.stdout.write(
      `${name}: heap ${mebibytes(baselineBytes)} after ${early} messages, ${mebibytes(endBytes)} after ${all} ` +
        `(at most ${mebibytes(allowedBytes(baselineBytes))}), failures ${failures}: ${verdict}\n`,
    )
  }
  return exitCode
}

/**
 * @param {FloodKind} kind
 * @param {number} messages
 */
async function floodStore(kind, messages) {
  const taken = await flood(kind, messages)
  const [fill, drain, purge] = [taken.fillSeconds, taken.drainSeconds, taken.purgeMs / 1000]
  process.stdout.write(
    `${kind}: filled in ${fill.toFixed(1)} s, drained in ${drain.toFixed(1)} s, purged in ${purge.toFixed(2)} s\n`,
  )
  const claims = claimsOf(kind, taken)
  for (const { text, isMet } of claims) process.stdout.write(`${kind}: ${text}: ${isMet ? 'reached' : 'MISSED'}\n`)
  return claims.every(({ isMet }) => isMet) ? 0 : 1
}

/** @param {readonly string[]} args */
function readOptions(args) {
  const { values } = parse({
    args: [...args],
    options: {
      messages: { type: 'string' },
      baseline: { type: 'string', default: '1000000' },
      flood: { type: 'string' },
    },
  })
  const flooded = values.flood === undefined ? undefined : floodOf(values.flood)
  const messages = values.messages === undefined ? usualCount(flooded) : countOf(values.messages)
  const baseline = countOf(values.baseline)
  if (flooded !== undefined) return { messages, baseline, flooded }
  if (baseline >= messages) throw new UsageError(`--baseline ${baseline} must be below --messages ${messages}`)
  return { messages, baseline, flooded }
}

/** @param {FloodKind | undefined} flooded */
function usualCount(flooded) {
  return flooded === undefined ? SOAKED : FLOODS[flooded].messages
}

/**
 * @param {string} text
 * @returns {FloodKind}
 */
function floodOf(text) {
  if (text === 'embedded' || text === 'redis') return text
  throw new UsageError(`--flood: ${text} is no store; there are embedded and redis`)
}

/** @param {string} text */
function countOf(text) {
  if (!/^[1-9]\d{0,11}$/.test(text)) throw new UsageError(`${text} isn't a number of messages`)
  return Number(text)
}

/** @param {number} bytes */
function mebibytes(bytes) {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}

await runProgram(main, USAGE)
