import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median, summarize } from './statistics.js'

/**
 * @typedef {import('./measure.js').Sample} Sample
 * @typedef {(name: string, peer: string, seconds: number) => Promise<Sample>} Take takes one sample.
 */

const execute = promisify(execFile)
const SAMPLE = fileURLToPath(new URL('sample.js', import.meta.url))

/**
 * In a process of its own: what one contender teaches the engine must not cost, or help, another.
 *
 * @type {Take}
 */
async function takeApart(name, peer, seconds) {
  const { stdout } = await execute(process.execPath, [SAMPLE, name, peer, String(seconds)])
  return JSON.parse(stdout)
}

/**
 * Measures one peer in pairs with sluice. The two of a pair run one after the other, so that what slows the machine
 * down slows both; who goes first alternates.
 *
 * @param {import('./contract.js').Case} measured
 * @param {string} peer
 * @param {{ pairs: number, seconds: number, cpu?: boolean, take?: Take }} settings
 * @returns {Promise<import('./table.js').Row & { samples: number[] }>} `samples`: sluice's rates.
 */
export async function measurePairs({ name, unit, goals }, peer, { pairs, seconds, cpu = false, take = takeApart }) {
  /** @type {Sample[]} */
  const ours = []
  /** @type {Sample[]} */
  const theirs = []
  for (let pair = 0; pair < pairs; pair++) {
    const isOurTurn = pair % 2 === 0
    const first = await take(name, isOurTurn ? 'sluice' : peer, seconds)
    const second = await take(name, isOurTurn ? peer : 'sluice', seconds)
    ours.push(isOurTurn ? first : second)
    theirs.push(isOurTurn ? second : first)
  }
  const rates = ours.map(cpu ? byCpu : byClock)
  const peerRates = theirs.map(cpu ? byCpu : byClock)
  return {
    case: name,
    unit: cpu ? `${unit} of CPU time` : unit,
    peer,
    sluice: median(rates),
    figure: median(peerRates),
    ratio: summarize(rates.map((rate, index) => rate / (peerRates[index] ?? NaN))),
    pairs,
    failures: [...ours, ...theirs].reduce((sum, { failures }) => sum + failures, 0),
    goal: goals[peer],
    samples: rates,
  }
}

/** @param {Sample} sample */
const byClock = ({ rate }) => rate
/** @param {Sample} sample */
const byCpu = ({ cpuRate }) => cpuRate
