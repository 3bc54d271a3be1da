import { BATCH_SIZE, CONCURRENCY } from '../records/job.js'
import { Sink } from '../records/sink.js'
import { textAt } from '../records/texts.js'
import { consumer, mapped, produced, runToEnd } from './pipeline.js'

/**
 * A `map` that parses, an asynchronous `map` ordered per key, the built-in `batch`, a consumer that stringifies; acked.
 *
 * @param {import('../contract.js').Build} build
 * @param {import('../records/job.js').LookUp} lookUp
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function records({ core, stage }, lookUp) {
  const definition = await stage('batch')
  const merchant = (/** @type {import('../../src/core/index.ts').Message} */ { data }) =>
    /** @type {import('../records/job.js').Payment} */ (data).merchant
  return async (count, consume) => {
    const sink = new Sink(consume)
    const batch = core.bind(definition, definition.options.parse({ size: BATCH_SIZE }))
    const failures = await runToEnd(
      core,
      [
        { name: 'texts', from: [], settings: {}, component: produced(core, count, textAt) },
        {
          name: 'parsed',
          from: [{ from: 'texts' }],
          settings: {},
          component: mapped(core, (/** @type {string} */ text) => JSON.parse(text)),
        },
        {
          name: 'lookedUp',
          from: [{ from: 'parsed' }],
          settings: { key: merchant, order: 'key', concurrency: CONCURRENCY },
          component: mapped(core, lookUp),
        },
        { name: 'batches', from: [{ from: 'lookedUp' }], settings: {}, component: batch },
        {
          name: 'written',
          from: [{ from: 'batches' }],
          settings: {},
          component: consumer(core, (/** @type {import('../records/job.js').Payment[]} */ payments) =>
            sink.write(payments),
          ),
        },
      ],
      { count },
    )
    return failures + sink.failures(count)
  }
}
