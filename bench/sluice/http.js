import { startClient } from '../http/load.js'
import { consumer, graphOf, inLine, unacked } from './pipeline.js'

/**
 * The built-in `http` with `reply: accepted`, and a consumer.
 *
 * @param {import('../contract.js').Build} build
 * @param {import('../http/bodies.js').Format} format
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function http({ core, producer }, format) {
  const definition = await producer('http')
  const component = core.bind(definition, definition.options.parse({ port: 0, reply: 'accepted' }))
  const load = await startClient()
  return async (count, consume) => {
    const consumed = consumer(core, (/** @type {{ number: number }} */ { number }) => consume(number))
    const listening = { port: 0 }
    const graph = graphOf(core, inLine([{ component }, { component: consumed }]), { log: portReader(listening) })
    await graph.start()
    const failures = await load({ port: listening.port, count, format })
    void graph.stop()
    return failures + (await unacked(graph, count))
  }
}

/**
 * A log that reads the port off the line that tells it.
 *
 * @param {{ port: number }} listening
 * @returns {import('../../src/core/index.ts').Log}
 */
function portReader(listening) {
  return {
    debug() {},
    info(_message, fields = {}) {
      if ('url' in fields) listening.port = Number(new URL(String(fields.url)).port)
    },
    warn() {},
    error() {},
  }
}
