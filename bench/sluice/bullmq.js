import { z } from 'zod'
import { emptyServer, redisServer } from '../overflow/redis-server.js'
import { addJobs, jobAt, QUEUE } from '../peers/bullmq.js'
import { consumer, graphOf, inLine, unacked } from './pipeline.js'

/**
 * The built-in producer `bullmq`, and a consumer of so many calls at a time; until every job is completed.
 *
 * @param {import('../contract.js').Build} build
 * @param {{ concurrency: number }} options
 * @returns {Promise<import('../contract.js').PreparedContender>}
 */
export async function bullSource({ core, producer }, { concurrency }) {
  const definition = await producer('bullmq')
  const url = `redis://127.0.0.1:${await redisServer()}`
  const options = { queue: QUEUE, url, removeOnComplete: { count: 0 } }
  const component = core.bind(definition, definition.options.parse(options))
  /** @type {import('../contract.js').Contender} */
  const run = async (count, consume) => {
    let left = count
    const consumed = consumer(core, async (/** @type {{ n: number }} */ { n }) => {
      consume(n)
      if (--left === 0) void graph.stop()
    })
    const nodes = inLine([{ component }, { component: consumed, settings: { concurrency } }])
    const graph = graphOf(core, nodes)
    await graph.start()
    return unacked(graph, count)
  }
  return Object.assign(run, { before: addJobs })
}

/**
 * The built-in consumer `bullmq`, which is given so many messages at a time.
 *
 * @param {import('../contract.js').Build} build
 * @param {{ perCall: number }} options
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function bullSink({ core, consumer: load }, { perCall }) {
  const definition = await load('bullmq')
  const url = `redis://127.0.0.1:${await redisServer()}`
  const component = core.bind(definition, definition.options.parse({ queue: QUEUE, url }))
  return async (count, consume) => {
    await emptyServer()
    const nodes = inLine(
      [{ component: acking(core, count, consume) }, { component, settings: { callSize: perCall } }],
      {
        max: 2 * perCall,
      },
    )
    const graph = graphOf(core, nodes)
    await graph.start()
    return unacked(graph, count)
  }
}

/**
 * A producer of jobs' data, which consumes what is acked.
 *
 * @param {import('./pipeline.js').Core} core
 * @param {number} count
 * @param {import('../contract.js').Consume} consume
 */
function acking(core, count, consume) {
  const definition = core.defineProducer({
    name: 'acking',
    summary: 'Counts.',
    options: z.strictObject({}),
    create: (_options, { message, end }) => {
      let next = 0
      return {
        handleDemand(demand) {
          const messages = []
          for (const last = Math.min(count, next + demand); next < last; next++) messages.push(message(jobAt(next)))
          if (next === count) end()
          return messages
        },
        settle(acked) {
          for (const { data } of acked) consume(/** @type {{ n: number }} */ (data).n)
        },
      }
    },
  })
  return core.bind(definition, {})
}
