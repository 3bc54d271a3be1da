import { valueAt } from '../http/bodies.js'
import { startSink } from '../http/start-sink.js'
import { inLine, produced, runToEnd } from './pipeline.js'

/**
 * The built-in consumer `http`.
 *
 * @param {import('../contract.js').Build} build
 * @param {{ concurrency: number, values: number }} settings requests at once, and values in each.
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function httpClient({ core, consumer }, { concurrency, values }) {
  const definition = await consumer('http')
  const sink = await startSink()
  const per = values === 1 ? 'message' : 'call'
  const options = definition.options.parse({ url: sink.url, connections: concurrency, per })
  return async (count, consume) => {
    const nodes = inLine([
      { component: produced(core, count, valueAt) },
      { component: core.bind(definition, options), settings: { concurrency, callSize: values } },
    ])
    const failures = await runToEnd(core, nodes, { count })
    const taken = await sink.taken()
    consume(taken.sum)
    return failures + Math.abs(count - taken.count)
  }
}
