/**
 * @typedef {import('../contract.js').FigureCase} FigureCase
 * @typedef {import('../contract.js').GaugeLoader} GaugeLoader
 */

/** @param {Exclude<keyof typeof import('../gauges/commands.js'), 'bareNode'>} gauge @returns {GaugeLoader} */
const command = (gauge) => async () => (await import('../gauges/commands.js'))[gauge]
/** @param {keyof typeof import('../gauges/saturation.js')} gauge @returns {GaugeLoader} */
const saturated = (gauge) => async (build) => (await import('../gauges/saturation.js'))[gauge](build)
/** @param {keyof typeof import('../gauges/latency.js')} gauge @returns {GaugeLoader} */
const latency = (gauge) => async (build) => (await import('../gauges/latency.js'))[gauge](build)

/** @param {keyof typeof import('../gauges/durable-latency.js')} gauge @returns {GaugeLoader} */
const durable = (gauge) => async (build) => (await import('../gauges/durable-latency.js'))[gauge](build)

/** @type {Readonly<Record<string, GaugeLoader>>} */
const BARE_NODE = { 'node -e 0': async () => (await import('../gauges/commands.js')).bareNode }

/**
 * Figures of which less is better, and rates.
 *
 * @type {readonly FigureCase[]}
 */
export const FIGURE_CASES = [
  { name: 'latency at half load, p50', unit: 'ms', sluice: latency('median'), peers: {} },
  { name: 'latency at half load, p99', unit: 'ms', sluice: latency('p99'), peers: {} },
  { name: 'saturated, event-loop delay p99', unit: 'ms', sluice: saturated('loop'), peers: {}, most: 20 },
  { name: 'saturated, timer late by p99', unit: 'ms', sluice: saturated('timer'), peers: {}, most: 20 },
  { name: 'saturated, socket echo p99', unit: 'ms', sluice: saturated('socket'), peers: {}, most: 20 },
  {
    name: 'overflow, Redis, 50 ms away: spill',
    unit: 'messages/s',
    sluice: async (build) => (await import('../gauges/far-redis.js')).farSpill(build),
    peers: {},
    least: 50_000,
  },
  {
    name: 'HTTP, durable, one connection, p50',
    unit: 'ms',
    sluice: durable('median'),
    peers: {},
    beside: 'one fdatasync',
  },
  {
    name: 'HTTP, durable, one connection, p99',
    unit: 'ms',
    sluice: durable('p99'),
    peers: {},
    beside: '5 x one fdatasync',
    most: 1,
  },
  {
    name: 'HTTP, durable, one connection, p99 by that of the disk',
    unit: 'ms',
    sluice: durable('p99ByDisk'),
    peers: {},
    beside: 'fdatasync, p99',
  },
  {
    name: 'redis-stream, wake-up p99',
    unit: 'ms',
    sluice: async (build) => (await import('../gauges/redis-stream.js')).wakeUp(build),
    peers: {},
    most: 10,
  },
  { name: 'idle daemon', unit: '% of a CPU', sluice: command('idle'), peers: {}, most: 0.5 },
  { name: 'start to ready', unit: 'ms', sluice: command('ready'), peers: BARE_NODE, most: 400 },
  { name: 'start to ready, .ts', unit: 'ms', sluice: command('readyFromTypeScript'), peers: BARE_NODE, most: 600 },
  { name: '--help', unit: 'ms', sluice: command('help'), peers: BARE_NODE, most: 60 },
  { name: 'validate 200 nodes', unit: 'ms', sluice: command('validate'), peers: BARE_NODE, most: 500 },
]
