import { BATCH_SIZE, CONCURRENCY } from '../records/job.js'
import { Sink } from '../records/sink.js'
import { textAt } from '../records/texts.js'
import { consumer, inLine, mapped, produced, runToEnd } from './pipeline.js'

/**
 * A `map` that parses, an asynchronous `map` ordered per key, the built-in `batch`, a consumer that stringifies; acked.
 *
 * @param {import('../contract.js').Build} build
 * @param {import('../records/job.js').LookUp} lookUp
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function records({ core, stage }, lookUp) {
  const definition = await stage('batch')
  const batch = core.bind(definition, definition.options.parse({ size: BATCH_SIZE }))
  const parsed = mapped(core, (/** @type {string} */ text) => JSON.parse(text))
  const settings = { key: merchantOf, order: /** @type {const} */ ('key'), concurrency: CONCURRENCY }
  return async (count, consume) => {
    const sink = new Sink(consume)
    const written = consumer(core, (/** @type {import('../records/job.js').Payment[]} */ batched) =>
      sink.write(batched),
    )
    const nodes = inLine([
      { component: produced(core, count, textAt) },
      { component: parsed },
      { component: mapped(core, lookUp), settings },
      { component: batch },
      { component: written },
    ])
    const failures = await runToEnd(core, nodes, { count })
    return failures + sink.failures(count)
  }
}

/** @param {{ data: any }} message a payment. */
function merchantOf({ data }) {
  return data.merchant
}
