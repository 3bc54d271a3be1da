import { built } from './build.js'
import { parse, runProgram, UsageError } from './program.js'
import { allowedBytes, isSteady, soak } from './soak/heap.js'
import { stagesToSoak } from './soak/stages.js'

const USAGE = `npm run soak -- [options]

Sends messages through each built-in stage, and one that fails and is tried again, and compares the heap at the end with what it was early on.

  --messages N  messages through each stage (50000000)
  --baseline N  the heap is compared with what it was after so many (1000000)`

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code: 1 if a heap has grown by more than 10 % or 8 MiB, or a message failed.
 */
async function main(args) {
  const { messages, baseline } = readCounts(args)
  await built()
  let exitCode = 0
  for (const { name, module, options } of stagesToSoak()) {
    const weights = await soak(module, { options, messages, baseline })
    const { baselineBytes, endBytes, failures } = weights
    const verdict = isSteady(weights) ? 'steady' : 'NOT STEADY'
    if (!isSteady(weights)) exitCode = 1
    process.stdout.write(
      `${name}: heap ${mebibytes(baselineBytes)} after ${baseline} messages, ${mebibytes(endBytes)} after ${messages} ` +
        `(at most ${mebibytes(allowedBytes(baselineBytes))}), failures ${failures}: ${verdict}\n`,
    )
  }
  return exitCode
}

/** @param {readonly string[]} args */
function readCounts(args) {
  const { values } = parse({
    args: [...args],
    options: {
      messages: { type: 'string', default: '50000000' },
      baseline: { type: 'string', default: '1000000' },
    },
  })
  const messages = countOf(values.messages)
  const baseline = countOf(values.baseline)
  if (baseline >= messages) throw new UsageError(`--baseline ${baseline} must be below --messages ${messages}`)
  return { messages, baseline }
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
