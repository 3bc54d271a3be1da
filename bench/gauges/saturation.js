import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { consumer, graphOf, inLine, mapped, numbers } from '../sluice/pipeline.js'

/**
 * @typedef {import('../contract.js').GaugeLoader} GaugeLoader
 * @typedef {() => Promise<() => Promise<number>>} Watch starts to look at the loop; the second call gives the p99 in ms.
 */

const ECHO = fileURLToPath(new URL('echo-client.js', import.meta.url))
/** What each of two handlers does with each message. */
const WORK_MS = 0.02
const CONCURRENCY = 64
const TIMER_MS = 5
const P99 = 99
const NS_PER_MS = 1e6
const US_PER_MS = 1000
const WARM_SECONDS = 0.5

/** What Node.js itself says of its loop. @type {Watch} */
const loopDelay = async () => {
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  return async () => {
    delays.disable()
    return delays.percentile(P99) / NS_PER_MS
  }
}

/** How much later than it was set for a timer fires. @type {Watch} */
const timers = async () => {
  const delays = createHistogram()
  let due = 0
  const arm = () => {
    due = performance.now() + TIMER_MS
    return setTimeout(fire, TIMER_MS)
  }
  const fire = () => {
    delays.record(Math.max(1, Math.round((performance.now() - due) * US_PER_MS)))
    timer = arm()
  }
  let timer = arm()
  return async () => {
    clearTimeout(timer)
    return delays.percentile(P99) / US_PER_MS
  }
}

/** How long a client in another process waits for what it sent to come back. @type {Watch} */
const sockets = async () => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const client = fork(ECHO, [String(port)], { execArgv: [] })
  await once(client, 'message')
  return async () => {
    client.send('stop')
    const [p99] = await once(client, 'message')
    server.close()
    return p99
  }
}

/**
 * A pipeline that is never out of work: two handlers of 20 µs a message, the second of them asynchronous.
 *
 * @param {Watch} watch
 * @returns {GaugeLoader}
 */
function saturated(watch) {
  return async ({ core }) =>
    async (seconds) => {
      const async = { concurrency: CONCURRENCY }
      const nodes = inLine([
        { component: numbers(core, Infinity) },
        { component: mapped(core, spin) },
        { component: mapped(core, (/** @type {number} */ value) => Promise.resolve(spin(value))), settings: async },
        { component: consumer(core, () => {}) },
      ])
      const graph = graphOf(core, nodes)
      await graph.start()
      await passed(WARM_SECONDS * seconds)
      const stop = await watch()
      await passed(2 * seconds)
      const value = await stop()
      const { outcome } = await graph.stop()
      return { value, failures: outcome === 'stopped' ? 0 : 1 }
    }
}

export const loop = saturated(loopDelay)
export const timer = saturated(timers)
export const socket = saturated(sockets)

/** @param {number} value */
function spin(value) {
  const end = performance.now() + WORK_MS
  while (performance.now() < end);
  return value
}

/** @param {number} seconds */
function passed(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
