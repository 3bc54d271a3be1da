import { setTimeout as delay } from 'node:timers/promises'
import { farServer } from '../overflow/far-server.js'
import { paymentAt } from '../overflow/payments.js'
import { emptyServer } from '../overflow/redis-server.js'
import { storesOn } from '../sluice/overflow-redis.js'
import { consumer, graphOf, inLine, produced } from '../sluice/pipeline.js'

/**
 * @typedef {import('../contract.js').GaugeLoader} GaugeLoader
 * @typedef {import('../../src/core/overflow-store.ts').OverflowStore} OverflowStore
 */

const DELAY_MS = 50
const LOOK_EVERY_MS = 10
/** How long it runs before anything counts, and then, in times of what another measurement takes. */
const WARM_SECONDS = 1
const MEASURED_SECONDS = 2
/** There is no rate between fewer. */
const LEAST_CALLS = 3

/**
 * What an append had when it was confirmed, and when that was.
 *
 * @typedef {{ messages: number, at: number }} Call
 */

/**
 * Messages of 250 bytes that an endless producer gives and a stopped consumer doesn't take, stored in Redis whose every
 * answer comes 50 ms later: messages a second by the clock, from confirmation to confirmation.
 *
 * @type {GaugeLoader}
 */
export async function farSpill(build) {
  const createRedisStore = await storesOn(build, await farServer(DELAY_MS))
  return async (seconds) => {
    await emptyServer()
    /** @type {Call[]} */
    const calls = []
    const createStore = () => watched(createRedisStore(), calls)
    const { graph, release } = flooded(build.core, createStore)
    await graph.start()
    await delay(WARM_SECONDS * seconds * 1000)
    calls.length = 0
    const end = performance.now() + MEASURED_SECONDS * seconds * 1000
    while (performance.now() < end || calls.length < LEAST_CALLS) await delay(LOOK_EVERY_MS)
    const value = rateOf(calls)
    release()
    const { outcome } = await graph.stop()
    return { value, failures: outcome === 'stopped' ? 0 : 1 }
  }
}

/**
 * @param {import('../contract.js').Build['core']} core
 * @param {() => OverflowStore} createStore
 */
function flooded(core, createStore) {
  let release = () => {}
  const released = new Promise((/** @type {(value?: undefined) => void} */ resolve) => (release = resolve))
  const nodes = inLine([
    { component: produced(core, Infinity, paymentAt) },
    { component: consumer(core, () => released) },
  ])
  const spilling = nodes.map((node) => ({
    ...node,
    from: node.from.map((edge) => ({ ...edge, overflow: { createStore } })),
  }))
  return { graph: graphOf(core, spilling), release }
}

/**
 * A store whose appends are looked at.
 *
 * @param {OverflowStore} store
 * @param {Call[]} calls
 * @returns {OverflowStore}
 */
function watched(store, calls) {
  return {
    get next() {
      return store.next
    },
    get depth() {
      return store.depth
    },
    open: (events) => store.open(events),
    read: (from, most) => store.read(from, most),
    commit: (settled) => store.commit(settled),
    close: () => store.close(),
    append(messages) {
      const appending = store.append(messages)
      const confirmed = () => {
        calls.push({ messages: appending.written.length, at: performance.now() })
      }
      return { ...appending, stored: Promise.resolve(appending.stored).then(confirmed) }
    },
  }
}

/** @param {readonly Call[]} calls */
function rateOf(calls) {
  const [first, ...others] = calls
  const last = others.at(-1)
  if (first === undefined || last === undefined) return 0
  const messages = others.reduce((sum, call) => sum + call.messages, 0)
  return messages / ((last.at - first.at) / 1000)
}
