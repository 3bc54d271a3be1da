/**
 * @typedef {import('../contract.js').Case} Case
 * @typedef {import('../contract.js').Loader} Loader
 * @typedef {keyof typeof import('../sluice/shapes.js')} Shape
 */

/** @param {Shape} shape @returns {Loader} */
const sluice = (shape) => async (build) => (await import('../sluice/shapes.js'))[shape](build)
/** @param {keyof typeof import('../peers/shapes/rxjs.js')} shape @returns {Loader} */
const rxjs = (shape) => async () => (await import('../peers/shapes/rxjs.js'))[shape]
/** @param {keyof typeof import('../peers/shapes/node-streams.js')} shape @returns {Loader} */
const nodeStreams = (shape) => async () => (await import('../peers/shapes/node-streams.js'))[shape]
/** @param {keyof typeof import('../peers/shapes/plain-arrays.js')} shape @returns {Loader} */
const plainArrays = (shape) => async () => (await import('../peers/shapes/plain-arrays.js'))[shape]

/**
 * @param {string} name
 * @param {{ shape: 'flatMap' | 'batch' | 'batchByKey' | 'broadcast' | 'partition' | 'fanIn', result: Case['result'] }} job
 * @returns {Case}
 */
function synchronous(name, { shape, result }) {
  const peers = { RxJS: rxjs(shape), 'Node object streams': nodeStreams(shape), 'plain arrays': plainArrays(shape) }
  return { name, unit: 'messages/s', result, sluice: sluice(shape), peers, goals: {} }
}

/** @type {Case['result']} */
const same = (n) => n
/** @type {Case['result']} */
const next = (n) => n + 1

/**
 * One step each.
 *
 * @type {readonly Case[]}
 */
export const SHAPE_CASES = [
  {
    name: 'async stage, resolved promise',
    unit: 'messages/s',
    result: next,
    sluice: sluice('asyncStage'),
    peers: {
      'p-map': async () => (await import('../peers/shapes/p-map.js')).asyncStage,
      RxJS: rxjs('asyncStage'),
      'Node object streams': nodeStreams('asyncStage'),
      'async generators': async () => (await import('../peers/shapes/async-generators.js')).asyncStage,
    },
    goals: {},
  },
  {
    name: 'handle, a new message of each',
    unit: 'messages/s',
    result: next,
    sluice: sluice('handle'),
    peers: {
      'sluice, map': sluice('mapStage'),
      RxJS: rxjs('mapStage'),
      'Node object streams': nodeStreams('mapStage'),
      'plain arrays': plainArrays('mapStage'),
    },
    goals: {},
  },
  {
    name: 'handle, messages given on',
    unit: 'messages/s',
    result: same,
    sluice: sluice('handOn'),
    peers: { 'sluice, filter': sluice('filterStage') },
    goals: {},
  },
  synchronous('flat-map 1:3', { shape: 'flatMap', result: (n) => 3 * n + 3 }),
  synchronous('batch of 100', { shape: 'batch', result: same }),
  synchronous('batch of 100, by key', { shape: 'batchByKey', result: same }),
  synchronous('broadcast to 3', { shape: 'broadcast', result: (n) => 3 * n }),
  synchronous('partition to 8', { shape: 'partition', result: same }),
  synchronous('fan-in of 3', { shape: 'fanIn', result: same }),
]
