import { numberOf, paymentAt } from '../overflow/payments.js'
import { emptyServer, redisServer } from '../overflow/redis-server.js'
import { fill, GROUP, STREAM } from '../peers/redis-stream-ioredis.js'
import { consumer, graphOf, inLine, mapped, produced, runToEnd, unacked } from './pipeline.js'

/**
 * The producer `redis-stream`, and a consumer that counts; stopped when all have come, after their acknowledgement.
 *
 * @param {import('../contract.js').Build} build
 * @returns {Promise<import('../contract.js').PreparedContender>}
 */
export async function reading({ core, producer }) {
  const definition = await producer('redis-stream')
  const component = core.bind(definition, definition.options.parse({ ...(await place()), group: GROUP }))
  /** @type {import('../contract.js').Contender} */
  const run = async (count, consume) => {
    let left = count
    /** @type {() => void} */
    let end = () => {}
    const all = new Promise((resolve) => {
      end = () => resolve(undefined)
    })
    const counted = consumer(core, (/** @type {{ number: number }} */ payment) => {
      consume(numberOf(payment))
      if (--left === 0) end()
    })
    const graph = graphOf(core, inLine([{ component }, { component: counted }]))
    await graph.start()
    await all
    const stopped = unacked(graph, count)
    await graph.stop()
    return stopped
  }
  return Object.assign(run, { before: fill })
}

/**
 * Messages into the consumer `redis-stream`, as many to a call as is usual.
 *
 * @param {import('../contract.js').Build} build
 * @returns {Promise<import('../contract.js').PreparedContender>}
 */
export async function writing({ core, consumer: load }) {
  const definition = await load('redis-stream')
  const component = core.bind(definition, definition.options.parse(await place()))
  /** @type {import('../contract.js').Contender} */
  const run = (count, consume) => {
    const seen = mapped(core, (payment) => {
      consume(numberOf(payment))
      return payment
    })
    const nodes = inLine([{ component: produced(core, count, paymentAt) }, { component: seen }, { component }])
    return runToEnd(core, nodes, { count })
  }
  return Object.assign(run, { before: emptyServer })
}

async function place() {
  return { url: `redis://127.0.0.1:${await redisServer()}`, stream: STREAM }
}
