import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startClient } from '../http/load.js'
import { consumer, graphOf, inLine, unacked } from './pipeline.js'

/** More than any run stores. */
const LIMIT_BYTES = 1024 ** 3

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

/**
 * The same with `durable: true`: each message is on the disk before it is answered.
 *
 * @param {import('../contract.js').Build} build
 * @param {import('../http/bodies.js').Format} format
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function durableHttp(build, format) {
  const load = await startClient()
  return async (count, consume) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
    const door = await startDurable(build, folder, consume)
    const failures = await load({ port: door.port, count, format })
    const left = await door.end(count)
    await rm(folder, { recursive: true })
    return failures + left
  }
}

/**
 * A door that stores in a folder, and a consumer behind it.
 *
 * @param {import('../contract.js').Build} build
 * @param {string} folder
 * @param {import('../contract.js').Consume} [consume]
 * @returns {Promise<{ port: number, end: (count: number) => Promise<number> }>} `end` waits until all is delivered, and
 *   gives how many of so many messages are missing.
 */
export async function startDurable({ core, producer, overflow }, folder, consume = () => {}) {
  const definition = await producer('http')
  const component = core.bind(definition, definition.options.parse({ port: 0 }))
  const { embeddedOverflow } = await overflow()
  const consumed = consumer(core, (/** @type {{ number: number }} */ { number }) => consume(number))
  const listening = { port: 0 }
  /** @param {{ env: import('../../src/core/index.ts').Env }} world */
  const createStore = ({ env }) => embeddedOverflow({ folder, limit: LIMIT_BYTES }, env)
  const settings = { durable: { createStore, mode: /** @type {const} */ ('always') } }
  const graph = graphOf(core, inLine([{ component, settings }, { component: consumed }]), {
    log: portReader(listening),
  })
  await graph.start()
  return {
    port: listening.port,
    async end(count) {
      // What is stored and not delivered would be left for the next start.
      while (graph.stats().overflows.some(({ stored }) => stored > 0))
        await new Promise((resolve) => setImmediate(resolve))
      void graph.stop()
      return unacked(graph, count)
    },
  }
}
