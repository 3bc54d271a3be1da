/** @typedef {import('../contract.js').Case} Case */
/** @typedef {import('../contract.js').Loader} Loader */

/** Peers are loaded when they run, so that a process has nothing else in it. */
const rxjs = async () => (await import('../peers/rxjs.js')).run
const effect = async () => (await import('../peers/effect.js')).run
const streamx = async () => (await import('../peers/streamx.js')).run
const nodeStreams = async () => (await import('../peers/node-streams.js')).run
const asyncGenerators = async () => (await import('../peers/async-generators.js')).run
const plainArrays = async () => (await import('../peers/plain-arrays.js')).run

/** @typedef {(value: number) => number} Change */

/** @type {Change} */
const increment = (value) => value + 1
/** @type {Change} */
const decrement = (value) => value - 1
/** @type {Change} */
const double = (value) => value * 2

const TWO_MAPS = [increment, double]
/** What the six more do cancels out, so that long and short chains have the same results. */
const EIGHT_MAPS = [...TWO_MAPS, decrement, increment, decrement, increment, decrement, increment]
/** @type {Case['result']} */
const incrementedAndDoubled = (n) => (n + 1) * 2

const OPEN_KEYS = { keys: 10_000, maxUnacked: 5000 }

/**
 * @param {number} maxDemand
 * @param {readonly Change[]} maps
 * @returns {Loader}
 */
function chain(maxDemand, maps) {
  return async (build) => (await import('../sluice/stages.js')).stages(build, { maxDemand, maps })
}

/**
 * @param {number} size
 * @returns {Loader}
 */
function batches(size) {
  return async (build) => (await import('../sluice/batch.js')).batch(build, { ...OPEN_KEYS, size })
}

/**
 * @param {boolean} isWith
 * @returns {Loader}
 */
function closedOverflow(isWith) {
  return async (build) => (await import('../sluice/stages.js')).stagesWithOverflow(build, { isWith, maps: TWO_MAPS })
}

/**
 * @param {boolean} isScraped
 * @returns {Loader}
 */
function watched(isScraped) {
  return async (build) => (await import('../sluice/scraped.js')).scraped(build, { isScraped })
}

/**
 * @param {number} maxDemand
 * @param {Case['goals']} goals
 * @returns {Case}
 */
function fourStages(maxDemand, goals) {
  return {
    name: `4 stages, maxDemand ${maxDemand}`,
    unit: 'messages/s',
    result: incrementedAndDoubled,
    sluice: chain(maxDemand, TWO_MAPS),
    peers: {
      RxJS: rxjs,
      'Effect Stream': effect,
      streamx,
      'Node object streams': nodeStreams,
      'async generators': asyncGenerators,
      'plain arrays': plainArrays,
    },
    goals,
  }
}

/**
 * Synchronous stages in a row, and a batch of many keys, by themselves.
 *
 * @type {readonly Case[]}
 */
export const CHAIN_CASES = [
  fourStages(10, { 'Node object streams': 2.4 }),
  fourStages(100, {}),
  fourStages(1000, {
    RxJS: 0.95,
    'Effect Stream': 0.9,
    streamx: 4.5,
    'Node object streams': 6,
    'async generators': 15,
    'plain arrays': 0.6,
  }),
  {
    name: '10 stages, maxDemand 1000',
    unit: 'messages/s',
    result: incrementedAndDoubled,
    sluice: chain(1000, EIGHT_MAPS),
    peers: { 'sluice, 4 stages': chain(1000, TWO_MAPS) },
    goals: { 'sluice, 4 stages': 0.5 },
  },
  {
    name: 'batch, 10,000 open keys',
    unit: 'messages/s',
    result: (n) => n,
    sluice: batches(100),
    peers: { 'sluice, size 1': batches(1) },
    goals: { 'sluice, size 1': 0.5 },
  },
  {
    name: '4 stages, an overflow that stays closed, by CPU',
    unit: 'messages/s',
    byCpu: true,
    result: incrementedAndDoubled,
    sluice: closedOverflow(true),
    peers: { 'without it': closedOverflow(false) },
    goals: { 'without it': 0.95 },
  },
  {
    name: '4 stages, scraped each second, by CPU',
    unit: 'messages/s',
    byCpu: true,
    result: incrementedAndDoubled,
    sluice: watched(true),
    peers: { 'not scraped': watched(false), 'without counters': watched(false) },
    // At most 5 % and 10 % more CPU time.
    goals: { 'not scraped': 0.952, 'without counters': 0.909 },
    prepare: {
      'without counters': async () => (await import('../scrape/without-counters.js')).withoutCounters(),
    },
  },
]
