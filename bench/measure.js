import { adder, expectedSum } from './contract.js'

/** Messages of the first run; each following one has so many times more. */
const FIRST_COUNT = 1000
const GROWTH = 4
/** A run that takes this part of the measured time tells the rate well enough. */
const WARM_PART = 0.25
/** Before, all of them together have taken this part: the engine needs as long to compile what runs often. */
const WARM_TOTAL = 0.75

/**
 * @typedef {object} Sample
 * @property {number} rate messages a second.
 * @property {number} cpuRate messages a second of CPU time, that of the garbage collector's threads included.
 * @property {number} failures messages that failed or weren't acked; a wrong sum counts as one more.
 */

/**
 * Warms a contender up with growing runs, until one is long enough to tell how many messages make up the measured run;
 * then measures one run.
 *
 * @param {import('./contract.js').Contender} run
 * @param {{ seconds: number, result: import('./contract.js').Case['result'] }} settings about how long the measured run takes.
 * @returns {Promise<Sample>}
 */
export async function measure(run, { seconds, result }) {
  let count = FIRST_COUNT
  let { cpuSeconds } = await timed(run, count)
  for (let total = cpuSeconds; total < seconds * WARM_TOTAL || cpuSeconds < seconds * WARM_PART; total += cpuSeconds) {
    if (cpuSeconds < seconds * WARM_PART) count *= GROWTH
    cpuSeconds = (await timed(run, count)).cpuSeconds
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
 * @param {import('./contract.js').Contender} run
 * @param {number} count
 */
async function timed(run, count) {
  const { consume, sum } = adder()
  const cpuStart = process.cpuUsage()
  const start = performance.now()
  const failures = await run(count, consume)
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpuStart)
  return { failures, sum: sum(), seconds, cpuSeconds: (user + system) / 1e6 }
}
