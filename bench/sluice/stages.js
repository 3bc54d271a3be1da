import { consumer, mapped, numbers, runToEnd } from './pipeline.js'

/**
 * A chain: a producer, one `map` stage for each of `maps`, a consumer; acked, with all counters on.
 *
 * @param {import('../contract.js').Build} build
 * @param {{ maxDemand: number, maps: readonly ((value: number) => number)[] }} settings
 * @returns {import('../contract.js').Contender}
 */
export function stages({ core }, { maxDemand, maps }) {
  return (count, consume) => {
    const components = [...maps.map((map) => mapped(core, map)), consumer(core, consume)]
    const demand = { max: maxDemand }
    const nodes = [
      { name: 'node0', from: [], settings: {}, component: numbers(core, count) },
      ...components.map((component, index) => ({
        name: `node${index + 1}`,
        from: [{ from: `node${index}`, demand }],
        settings: {},
        component,
      })),
    ]
    return runToEnd(core, nodes, { count })
  }
}
