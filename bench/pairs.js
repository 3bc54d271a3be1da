import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median, summarize } from './statistics.js'

/**
 * @typedef {import('./measure.js').Sample} Sample
 * @typedef {import('./contract.js').Figure} Figure
 */

/**
 * @template S
 * @typedef {(name: string, who: string, seconds: number) => Promise<S>} Take takes one sample.
 */

const execute = promisify(execFile)
const SAMPLE = fileURLToPath(new URL('sample.js', import.meta.url))

/**
 * In a process of its own: what one contender teaches the engine must not cost, or help, another.
 *
 * @template S
 * @param {string} name
 * @param {string} who
 * @param {number} seconds
 * @returns {Promise<S>}
 */
async function takeApart(name, who, seconds) {
  const { stdout } = await execute(process.execPath, [SAMPLE, name, who, String(seconds)])
  return JSON.parse(stdout)
}

/**
 * Samples in pairs. The two of a pair are taken one after the other, so that what slows the machine down slows both; who
 * goes first alternates.
 *
 * @template S
 * @param {string} name
 * @param {string} peer
 * @param {{ pairs: number, seconds: number, take: Take<S> }} settings
 * @returns {Promise<{ ours: S[], theirs: S[] }>}
 */
async function inPairs(name, peer, { pairs, seconds, take }) {
  const ours = []
  const theirs = []
  for (let pair = 0; pair < pairs; pair++) {
    const isOurTurn = pair % 2 === 0
    const first = await take(name, isOurTurn ? 'sluice' : peer, seconds)
    const second = await take(name, isOurTurn ? peer : 'sluice', seconds)
    ours.push(isOurTurn ? first : second)
    theirs.push(isOurTurn ? second : first)
  }
  return { ours, theirs }
}

/**
 * Measures one peer in pairs with sluice.
 *
 * @param {import('./contract.js').Case} measured
 * @param {string} peer
 * @param {{ pairs: number, seconds: number, cpu?: boolean, take?: Take<Sample> }} settings
 * @returns {Promise<import('./table.js').Row & { samples: number[] }>} `samples`: sluice's rates.
 */
export async function measurePairs(measured, peer, { pairs, seconds, cpu = false, take = takeApart }) {
  const { name, unit, goals, byCpu = false } = measured
  const isByCpu = cpu || byCpu
  const { ours, theirs } = await inPairs(name, peer, { pairs, seconds, take })
  const rates = ours.map(isByCpu ? cpuRate : clockRate)
  const peerRates = theirs.map(isByCpu ? cpuRate : clockRate)
  return {
    case: name,
    unit: isByCpu ? `${unit} of CPU time` : unit,
    peer,
    sluice: median(rates),
    figure: median(peerRates),
    ratio: summarize(rates.map((rate, index) => rate / (peerRates[index] ?? NaN))),
    pairs,
    failures: failuresOf([...ours, ...theirs]),
    goal: goals[peer],
    samples: rates,
  }
}

/**
 * Takes a figure, in pairs with that of its peer where it has one, or with what its gauge takes beside it.
 *
 * @param {import('./contract.js').FigureCase} measured
 * @param {{ pairs: number, seconds: number, take?: Take<Figure> }} settings
 * @returns {Promise<import('./figure-table.js').FigureRow>}
 */
export async function measureFigure({ name, unit, peers, beside, most, least }, { pairs, seconds, take = takeApart }) {
  const [peer] = Object.keys(peers)
  /** @type {Figure} */
  const nothing = { value: 0, failures: 0 }
  const { ours, theirs } = await inPairs(name, peer ?? '', {
    pairs,
    seconds,
    take: async (_name, who) => (who === '' ? nothing : take(name, who, seconds)),
  })
  const compared = ours.map((figure, index) => figure.beside ?? theirs[index]?.value ?? NaN)
  const against = peer ?? beside
  return {
    case: name,
    unit,
    peer: against,
    sluice: median(ours.map(valueOf)),
    figure: against === undefined ? undefined : median(compared),
    excess: summarize(ours.map(({ value }, index) => value - (compared[index] ?? NaN))),
    pairs,
    failures: failuresOf([...ours, ...theirs]),
    most,
    least,
  }
}

/** @param {Sample} sample */
const clockRate = (sample) => sample.rate
/** @param {Sample} sample */
const cpuRate = (sample) => sample.cpuRate
/** @param {Figure} figure */
const valueOf = ({ value }) => value

/** @param {readonly { failures: number }[]} samples */
function failuresOf(samples) {
  return samples.reduce((sum, { failures }) => sum + failures, 0)
}
