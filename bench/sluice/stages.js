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

/** So many messages are under way that no overflow has to open: a producer that is asked is faster than anything behind it. */
export const FEW_UNACKED = { maxUnacked: { parts: 4000 } }

/**
 * The same, with or without an overflow before the consumer, which never has to open.
 *
 * @param {import('../contract.js').Build} build
 * @param {{ isWith: boolean, maps: readonly ((value: number) => number)[] }} settings
 * @returns {import('../contract.js').Contender}
 */
export function stagesWithOverflow({ core }, { isWith, maps }) {
  return (count, consume) => {
    const components = [numbers(core, count), ...maps.map((map) => mapped(core, map)), consumer(core, consume)]
    const nodes = inLine(
      components.map((component, index) => ({ component, settings: index === 0 ? FEW_UNACKED : {} })),
      { max: 1000 },
    )
    const [last] = nodes.splice(-1)
    if (last === undefined) throw new Error('there is no consumer')
    const overflow = isWith ? { overflow: { createStore: createUnusedStore } } : {}
    const consuming = { ...last, from: last.from.map((edge) => ({ ...edge, ...overflow })) }
    return runToEnd(core, [...nodes, consuming], { count })
  }
}

/** A store that nothing is given to. */
export function createUnusedStore() {
  const unused = () => {
    throw new Error('the overflow has opened')
  }
  const settled = { below: 1, above: [], parts: 0 }
  const depth = { messages: 0, parts: 0, bytes: 0 }
  const open = async () => settled
  const close = async () => {}
  return { next: 1, depth, open, close, append: unused, read: unused, commit: unused }
}
