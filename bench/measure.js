import { adder, expectedSum } from './contract.js'

/** Messages of the first run; each following one has so many times more. */
const FIRST_COUNT = 1000
const GROWTH = 4
/** A run that takes this part of the measured time tells the rate well enough. */
const WARM_PART = 0.5
/** It is warm when a run is no faster than so many times the one before: the engine compiles for longer than one thinks. */
const STILL_COLD = 1.05
/** All warm-up runs together take at least, and no longer than, so many times the measured time. */
const LEAST_WARM = 1.5
const MOST_WARM = 4

/**
 * @typedef {object} Sample
 * @property {number} rate messages a second.
 * @property {number} cpuRate messages a second of CPU time, that of the garbage collector's threads included.
 * @property {number} failures messages that failed or weren't acked; a wrong sum counts as one more.
 */

/**
 * Warms a contender up with growing runs, until one is long enough to tell how many messages make up the measured run,
 * and no faster than the one before; then measures one run.
 *
 * @param {import('./contract.js').Contender | import('./contract.js').PreparedContender} run
 * @param {{ seconds: number, result: import('./contract.js').Case['result'] }} settings about how long the measured run takes.
 * @returns {Promise<Sample>}
 */
export async function measure(run, { seconds, result }) {
  let count = FIRST_COUNT
  let { cpuSeconds } = await timed(run, count)
  let isWarm = false
  for (let total = cpuSeconds; !isWarm && total < seconds * MOST_WARM; total += cpuSeconds) {
    const before = count / cpuSeconds
    const isLong = cpuSeconds >= seconds * WARM_PART
    if (!isLong) count *= GROWTH
    cpuSeconds = (await timed(run, count)).cpuSeconds
    isWarm = isLong && total >= seconds * LEAST_WARM && count / cpuSeconds < before * STILL_COLD
  }
  // By CPU time, so that a busy machine doesn't make the run smaller.
  const measured = Math.ceil((count / cpuSeconds) * seconds)
  const taken = await timed(run, measured)
  const isWrong = taken.sum !== expectedSum(measured, result)
  return {
    rate: measured / taken.seconds,
    cpuRate: measured / taken.cpuSeconds,
    failures: taken.failures + (isWrong ? 1 : 0),
  }
}

/**
 * @param {import('./contract.js').Contender | import('./contract.js').PreparedContender} run
 * @param {number} count
 */
async function timed(run, count) {
  const { consume, sum } = adder()
  if ('before' in run) await run.before(count)
  const cpuStart = process.cpuUsage()
  const start = performance.now()
  const failures = await run(count, consume)
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpuStart)
  return { failures, sum: sum(), seconds, cpuSeconds: (user + system) / 1e6 }
}
