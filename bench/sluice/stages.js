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
