import { consumer, inLine, mapped, numbers, runToEnd } from './pipeline.js'

/**
 * A chain: a producer, one `map` stage for each of `maps`, a consumer; acked, with all counters on.
 *
 * @param {import('../contract.js').Build} build
 * @param {{ maxDemand: number, maps: readonly ((value: number) => number)[] }} settings
 * @returns {import('../contract.js').Contender}
 */
export function stages({ core }, { maxDemand, maps }) {
  return (count, consume) => {
    const components = [numbers(core, count), ...maps.map((map) => mapped(core, map)), consumer(core, consume)]
    const parts = components.map((component) => ({ component }))
    return runToEnd(core, inLine(parts, { max: maxDemand }), { count })
  }
}

/**
 * The same with an overflow before the consumer that never has to open.
 *
 * @param {import('../contract.js').Build} build
 * @param {{ maxDemand: number, maps: readonly ((value: number) => number)[] }} settings
 * @returns {import('../contract.js').Contender}
 */
export function stagesWithOverflow({ core }, { maxDemand, maps }) {
  return (count, consume) => {
    const components = [numbers(core, count), ...maps.map((map) => mapped(core, map)), consumer(core, consume)]
    const nodes = inLine(
      components.map((component) => ({ component })),
      { max: maxDemand },
    )
    const last = nodes.length - 1
    const withOverflow = nodes.map((node, index) =>
      index === last ? { ...node, from: node.from.map((edge) => ({ ...edge, overflow: { createStore } })) } : node,
    )
    return runToEnd(core, withOverflow, { count })
  }
}

/** A store that nothing is given to. */
function createStore() {
  const unused = () => {
    throw new Error('the overflow has opened')
  }
  const settled = { below: 1, above: [], parts: 0 }
  const depth = { messages: 0, parts: 0, bytes: 0 }
  const open = async () => settled
  const close = async () => {}
  return { next: 1, depth, open, close, append: unused, read: unused, commit: unused }
}
