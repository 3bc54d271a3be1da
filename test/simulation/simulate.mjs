/**
 * Tries the kernel on many seeds, on all cores.
 *
 *     npm run simulate -- --seeds 100000          seeds 1 to 100,000
 *     npm run simulate -- --seeds 1 --from 7      one seed, with what happens in words; one that fails is shrunk first
 *     npm run simulate -- --replay recording.json goes through what a flight recorder has remembered
 *
 * Exits with 1 if an invariant did not hold, or if a kind of fault never struck.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { replayFile } from './replay.mjs'

const OPTIONS = /** @type {const} */ ({
  seeds: { type: 'string' },
  from: { type: 'string' },
  replay: { type: 'string' },
  events: { type: 'string' },
})

/** @type {typeof import('../../src/testing/index.ts')} */
const { addTo, emptyTally, narrate, runSeeds, summarize } = await import(
  String(new URL('../../dist/testing/index.js', import.meta.url))
)

/** Seeds that a thread is given at a time. */
const SHARE = 250
/** How often a long run says how far it is. */
const PROGRESS_MS = 10_000

/** @typedef {import('../../src/testing/index.ts').Tally} Tally */

if (isMainThread) await main()
else answerFrom(parentPort)

/** @param {import('node:worker_threads').MessagePort | null} port */
function answerFrom(port) {
  port?.on('message', ({ from, to }) => port.postMessage(runSeeds(from, to)))
}

async function main() {
  const { seeds, from, replay, events } = numbersFrom(process.argv.slice(2))
  if (replay !== undefined) {
    process.exitCode = await replayFile(replay, events)
    return
  }
  if (!Number.isSafeInteger(seeds) || !Number.isSafeInteger(from) || seeds < 1) {
    console.error(
      '--seeds and --from take whole numbers, as in: npm run simulate -- --seeds 15000; --replay takes a file',
    )
    process.exitCode = 64
    return
  }
  const { isGood, lines } = seeds === 1 ? narrate(from) : await tryMany(from, seeds)
  console.log(lines.join('\n'))
  if (!isGood) process.exitCode = 1
}

/** @param {string[]} args */
function numbersFrom(args) {
  try {
    const { seeds = 15_000, from = 1, replay, events } = parseArgs({ args, options: OPTIONS }).values
    return { seeds: Number(seeds), from: Number(from), replay, events }
  } catch {
    return { seeds: NaN, from: NaN }
  }
}

/**
 * @param {number} from
 * @param {number} seeds
 */
async function tryMany(from, seeds) {
  const startedAt = performance.now()
  const elapsed = () => (performance.now() - startedAt) / 1000
  const tally = emptyTally()
  const progress = setInterval(() => console.error(progressOf(tally, seeds, elapsed())), PROGRESS_MS)
  await runOnAllCores(from, from + seeds, (share) => addTo(tally, share))
  clearInterval(progress)
  return summarize(tally, elapsed())
}

/**
 * @param {Tally} tally
 * @param {number} wanted
 * @param {number} seconds
 */
function progressOf({ seeds, violations }, wanted, seconds) {
  const left = seeds === 0 ? '' : `, ${(((wanted - seeds) / seeds) * (seconds / 60)).toFixed(1)} min to go`
  return `${seeds} of ${wanted} seeds, ${violations} violations${left}`
}

/**
 * @param {number} from
 * @param {number} to
 * @param {(share: Tally) => void} add
 */
async function runOnAllCores(from, to, add) {
  let next = from
  const threads = Array.from({ length: availableParallelism() }, () => {
    const thread = new Worker(new URL(import.meta.url))
    return new Promise((resolve, reject) => {
      const give = () => {
        if (next >= to) return void thread.terminate().then(resolve)
        const share = { from: next, to: Math.min(next + SHARE, to) }
        next = share.to
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Threads have no origin.
        thread.postMessage(share)
      }
      thread.on('message', (share) => {
        add(share)
        give()
      })
      thread.on('error', reject)
      give()
    })
  })
  await Promise.all(threads)
}
