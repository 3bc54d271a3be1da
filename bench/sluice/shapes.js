import {
  answered,
  BATCH_SIZE,
  BRANCHES,
  CONCURRENCY,
  KEYS,
  PARTITIONS,
  shareOf,
  SOURCES,
  threeOf,
  valueOf,
} from '../shapes.js'
import { batchConsumer, consumer, inLine, numbers, produced, runToEnd, stage } from './pipeline.js'

/**
 * @typedef {import('../contract.js').Loader} Loader
 * @typedef {import('../../src/core/index.ts').StageContext} StageContext
 * @typedef {import('../../src/core/index.ts').NodeSettings} NodeSettings
 * @typedef {import('../../src/core/index.ts').Message<number>} NumberMessage
 */

/**
 * A producer, one stage, a consumer.
 *
 * @param {import('../../src/core/index.ts').StageDefinition['create']} create
 * @param {NodeSettings} [settings]
 * @returns {Loader}
 */
function around(create, settings = {}) {
  return async ({ core }) =>
    (count, consume) => {
      const parts = [
        { component: numbers(core, count) },
        { component: stage(core, create), settings },
        { component: consumer(core, consume) },
      ]
      return runToEnd(core, inLine(parts), { count })
    }
}

/** A `map` that answers by promise, in order of input. */
export const asyncStage = around(() => ({ map: answered }), { concurrency: CONCURRENCY })

export const flatMap = around(() => ({ flatMap: threeOf }))

/** A `map`, to see what a raw `handle` costs beside it. */
export const mapStage = around(() => ({ map: (/** @type {number} */ value) => value + 1 }))

/** A `filter` that lets everything through, likewise. */
export const filterStage = around(() => ({ filter: () => true }))

/** A raw `handle` that makes a new message of each. */
export const handle = around((/** @type {unknown} */ _options, { child }) => ({
  handle: (/** @type {readonly NumberMessage[]} */ messages) =>
    messages.map((message) => child(message, message.data + 1)),
}))

/** A raw `handle` that gives on what it gets. */
export const handOn = around(() => ({ handle: (messages) => messages }))

/** @param {object} options of the built-in `batch` */
function batched(options) {
  /** @type {Loader} */
  const load = async ({ core, stage: builtIn }) => {
    const definition = await builtIn('batch')
    const component = core.bind(definition, definition.options.parse(options))
    return (count, consume) => {
      const parts = [{ component: numbers(core, count) }, { component }, { component: batchConsumer(core, consume) }]
      return runToEnd(core, inLine(parts), { count })
    }
  }
  return load
}

export const batch = batched({ size: BATCH_SIZE })

export const batchByKey = batched({
  size: BATCH_SIZE,
  by: (/** @type {{ data: number }} */ { data }) => data % KEYS,
})

/**
 * A producer and several consumers.
 *
 * @param {number} consumers
 * @param {NodeSettings} settings of the producer.
 * @returns {Loader}
 */
function forked(consumers, settings) {
  return async ({ core }) =>
    (count, consume) => {
      const branches = Array.from({ length: consumers }, (_, index) => ({
        name: `branch${index}`,
        from: [{ from: 'numbers' }],
        settings: {},
        component: consumer(core, consume),
      }))
      const source = { name: 'numbers', from: [], settings, component: numbers(core, count) }
      return runToEnd(core, [source, ...branches], { count })
    }
}

export const broadcast = forked(BRANCHES, {})

export const partition = forked(PARTITIONS, {
  dispatch: { partition: { by: ({ data }) => /** @type {number} */ (data) % KEYS, count: PARTITIONS } },
})

/** @type {Loader} */
export const fanIn = async ({ core }) => {
  return (count, consume) => {
    const sources = Array.from({ length: SOURCES }, (_, source) => ({
      name: `source${source}`,
      from: [],
      settings: {},
      component: produced(core, shareOf(count, source), (n) => valueOf(n, source)),
    }))
    const from = sources.map(({ name }) => ({ from: name }))
    return runToEnd(core, [...sources, { name: 'all', from, settings: {}, component: consumer(core, consume) }], {
      count,
    })
  }
}
