import { createHistogram } from 'node:perf_hooks'
import { z } from 'zod'
import { consumer, graphOf, inLine, mapped, numbers, runToEnd } from '../sluice/pipeline.js'

/**
 * @typedef {import('../contract.js').GaugeLoader} GaugeLoader
 * @typedef {typeof import('../../src/core/index.ts')} Core
 */

const CONCURRENCY = 64
const LOAD = 0.5
/** Messages with which the capacity is measured, the second time. */
const CAPACITY_COUNT = 200_000
const US_PER_MS = 1000
const QUEUE = { messages: 100_000, bytes: 2 ** 40, whenFull: /** @type {const} */ ('reject') }

/**
 * From the moment at which a message was due to the end of its way, at half of what the pipeline can do: an asynchronous
 * stage between two synchronous ones. What is due is emitted on each turn of the event loop, so that a loop that is held
 * up shows.
 *
 * @param {number} percentile
 * @returns {GaugeLoader}
 */
function latency(percentile) {
  return async ({ core }) =>
    async (seconds) => {
      const capacity = await capacityOf(core, seconds)
      const delays = createHistogram()
      const record = (/** @type {number} */ due) => {
        delays.record(Math.max(1, Math.round((performance.now() - due) * US_PER_MS)))
      }
      const refused = { count: 0 }
      const source = paced(core, { perMs: (capacity * LOAD) / 1000, forMs: 2 * seconds * 1000, refused })
      const graph = graphOf(core, line(core, source, record))
      await graph.start()
      const { outcome } = await graph.finishedReport
      return {
        value: delays.percentile(percentile) / US_PER_MS,
        failures: refused.count + (outcome === 'finished' ? 0 : 1),
      }
    }
}

export const median = latency(50)
export const p99 = latency(99)

/**
 * @param {Core} core
 * @param {import('../../src/core/index.ts').Component} source
 * @param {(value: number) => void} consume
 */
function line(core, source, consume) {
  return inLine([
    { component: source },
    { component: mapped(core, (/** @type {number} */ value) => value) },
    {
      component: mapped(core, (/** @type {number} */ value) => Promise.resolve(value)),
      settings: { concurrency: CONCURRENCY },
    },
    { component: mapped(core, (/** @type {number} */ value) => value) },
    { component: consumer(core, consume) },
  ])
}

/**
 * @param {Core} core
 * @param {number} seconds
 * @returns {Promise<number>} messages a second
 */
async function capacityOf(core, seconds) {
  const count = Math.ceil(CAPACITY_COUNT * seconds)
  let start = 0
  for (let run = 0; run < 2; run++) {
    start = performance.now()
    await runToEnd(
      core,
      line(core, numbers(core, count), () => {}),
      { count },
    )
  }
  return count / ((performance.now() - start) / 1000)
}

/**
 * Emits the times at which its messages are due.
 *
 * @param {Core} core
 * @param {{ perMs: number, forMs: number, refused: { count: number } }} settings
 */
function paced(core, { perMs, forMs, refused }) {
  const definition = core.defineProducer({
    name: 'paced',
    summary: 'Emits so many messages a second.',
    options: z.strictObject({}),
    create: (_options, { message, emit, end }) => {
      let emitted = 0
      let start = 0
      const turn = () => {
        const passed = Math.min(forMs, performance.now() - start)
        const due = []
        while (emitted + due.length < passed * perMs) due.push(message(start + (emitted + due.length) / perMs))
        emitted += due.length
        refused.count += due.length - emit(due)
        if (passed === forMs) end()
        else setImmediate(turn)
      }
      return {
        queue: QUEUE,
        open() {
          setImmediate(() => {
            start = performance.now()
            turn()
          })
        },
      }
    },
  })
  return core.bind(definition, {})
}
