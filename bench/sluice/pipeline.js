import { z } from 'zod'

/**
 * @typedef {typeof import('../../src/core/index.ts')} Core
 * @typedef {import('../../src/core/index.ts').NodeSpec} NodeSpec
 * @typedef {import('../../src/core/index.ts').Component} Component
 */

/** More than any case needs, so that bytes never hold a pipeline up. */
const MEMORY_BYTES = 2 ** 40
const NO_OPTIONS = z.strictObject({})

/**
 * A producer of the integers 0..count-1, as fast as demanded.
 *
 * @param {Core} core
 * @param {number} count
 * @returns {Component}
 */
export function numbers(core, count) {
  return produced(core, count, (n) => n)
}

/**
 * A producer of so many values, as fast as demanded.
 *
 * @param {Core} core
 * @param {number} count
 * @param {(n: number) => unknown} valueAt
 * @returns {Component}
 */
export function produced(core, count, valueAt) {
  const definition = core.defineProducer({
    name: 'produced',
    summary: 'Counts.',
    options: NO_OPTIONS,
    create: (_options, { message, end }) => {
      let next = 0
      return {
        handleDemand(demand) {
          const messages = new Array(Math.min(demand, count - next))
          for (let i = 0; i < messages.length; i++) messages[i] = message(valueAt(next++))
          if (next === count) end()
          return messages
        },
      }
    },
  })
  return core.bind(definition, {})
}

/**
 * @param {Core} core
 * @param {import('../../src/core/index.ts').StageDefinition['create']} create
 * @returns {Component}
 */
export function stage(core, create) {
  return core.bind(core.defineStage({ name: 'stage', summary: 'Works.', options: NO_OPTIONS, create }), {})
}

/**
 * @param {Core} core
 * @param {(value: any) => unknown} map
 */
export function mapped(core, map) {
  return stage(core, () => ({ map }))
}

/**
 * @param {Core} core
 * @param {(value: any) => unknown} consume it waits for what that gives, if it is a promise.
 * @returns {Component}
 */
export function consumer(core, consume) {
  const definition = core.defineConsumer({
    name: 'consumer',
    summary: 'Consumes.',
    options: NO_OPTIONS,
    create: () => ({ each: consume }),
  })
  return core.bind(definition, {})
}

/**
 * @param {Core} core
 * @param {import('../contract.js').Consume} consume
 * @returns {Component}
 */
export function batchConsumer(core, consume) {
  return consumer(core, (/** @type {readonly number[]} */ values) => {
    for (const value of values) consume(value)
  })
}

/**
 * Nodes of which each reads from the one before it.
 *
 * @param {readonly { component: Component, settings?: import('../../src/core/index.ts').NodeSettings }[]} parts
 * @param {{ max?: number }} [demand] of each edge.
 * @returns {NodeSpec[]}
 */
export function inLine(parts, demand = {}) {
  return parts.map(({ component, settings = {} }, index) => ({
    name: `node${index}`,
    from: index === 0 ? [] : [{ from: `node${index - 1}`, demand }],
    settings,
    component,
  }))
}

/**
 * @param {Core} core
 * @param {readonly NodeSpec[]} nodes
 * @param {Partial<import('../../src/core/index.ts').GraphOptions>} [options]
 */
export function graphOf(core, nodes, options = {}) {
  return new core.Graph(specOf(nodes), { env: core.realEnv, ...options })
}

/** @param {readonly NodeSpec[]} nodes */
export function specOf(nodes) {
  return { name: 'bench', stopTimeoutMs: 1000, memoryBytes: MEMORY_BYTES, nodes }
}

/**
 * Waits for a graph's end.
 *
 * @param {import('../../src/core/index.ts').Graph} graph
 * @param {number} count
 * @returns {Promise<number>} how many of its messages were not acked; at least 1 if the run didn't end well.
 */
export async function unacked(graph, count) {
  const { outcome } = await graph.finishedReport
  const left = count - graph.producers.reduce((sum, { ledger }) => sum + ledger.acked, 0)
  return outcome === 'finished' || outcome === 'stopped' ? Math.abs(left) : Math.max(1, left)
}

/**
 * Runs a pipeline to its end.
 *
 * @param {Core} core
 * @param {readonly NodeSpec[]} nodes
 * @param {{ count: number, env?: import('../../src/core/index.ts').Env }} settings
 * @returns {Promise<number>} as `unacked`
 */
export async function runToEnd(core, nodes, { count, env = core.realEnv }) {
  const graph = graphOf(core, nodes, { env })
  await graph.start()
  return unacked(graph, count)
}
