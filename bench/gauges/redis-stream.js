import { Redis } from 'ioredis'
import { createHistogram } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { emptyServer, redisServer } from '../overflow/redis-server.js'
import { GROUP, STREAM } from '../peers/redis-stream-ioredis.js'
import { consumer, graphOf, inLine } from '../sluice/pipeline.js'

const US_PER_MS = 1000
/** Between entries: each finds a producer that waits. */
const GAP_MS = 5
const ENTRIES_PER_SECOND = 100

/**
 * From the moment before an entry is written to a stream that nothing came to for a while, until it is handled; p99.
 *
 * @type {import('../contract.js').GaugeLoader}
 */
export async function wakeUp({ core, producer }) {
  const definition = await producer('redis-stream')
  return async (seconds) => {
    await emptyServer()
    const port = await redisServer()
    const place = { url: `redis://127.0.0.1:${port}`, stream: STREAM, group: GROUP, create: true }
    const component = core.bind(definition, definition.options.parse(place))
    const delays = createHistogram()
    let handled = () => {}
    const seen = consumer(core, (/** @type {{ at: number }} */ { at }) => {
      delays.record(Math.max(1, Math.round((performance.now() - at) * US_PER_MS)))
      handled()
    })
    const graph = graphOf(core, inLine([{ component }, { component: seen }]))
    await graph.start()
    const writer = new Redis(port, '127.0.0.1')
    for (let left = Math.ceil(2 * seconds * ENTRIES_PER_SECOND); left > 0; left--) {
      await delay(GAP_MS)
      const done = new Promise((resolve) => {
        handled = () => resolve(undefined)
      })
      await writer.xadd(STREAM, '*', 'data', JSON.stringify({ at: performance.now() }))
      await done
    }
    writer.disconnect()
    const [{ outcome }] = await Promise.all([graph.finishedReport, graph.stop()])
    return { value: delays.percentile(99) / US_PER_MS, failures: outcome === 'stopped' ? 0 : 1 }
  }
}
