import { built } from '../../bench/build.js'
import { createUnusedStore, FEW_UNACKED } from '../../bench/sluice/stages.js'
import { consumer, mapped, numbers, runToEnd } from '../../bench/sluice/pipeline.js'

// Measures what a chain of four nodes allocates, in a process whose young generation is large enough that nothing is ever
// collected: `node test/memory/allocation.js <integers | objects> [overflow]`; prints a line of JSON, in bytes per
// message. On request there is an overflow before the consumer, which never has to open.

/** After so many messages the code is compiled. */
const WARM = 300_000
/** They and the others take less than half of the young generation; it is collected before it is full. */
const MEASURED = 500_000
const SAMPLED = 100_000

const { core } = await built()
const hasOverflow = process.argv[3] === 'overflow'
const overflow = hasOverflow ? { overflow: { createStore: createUnusedStore } } : {}

/** @type {Record<'integers' | 'objects', ((data: any) => any)[]>} The second map of a pair undoes the first. */
const MAPS = {
  integers: [(value) => value + 1, (value) => value - 1],
  objects: [(value) => ({ value: value + 1 }), (data) => ({ value: data.value - 1 })],
}
/** What a map returns, made again to be weighed. */
const VALUES = {
  integers: () => 0,
  objects: (/** @type {number} */ n) => ({ value: n }),
}

/**
 * @param {number} count
 * @param {keyof typeof MAPS} kind
 */
async function run(count, kind) {
  const nodes = [
    { name: 'producer', from: [], settings: hasOverflow ? FEW_UNACKED : {}, component: numbers(core, count) },
    ...MAPS[kind].map((map, index) => ({
      name: `map${index}`,
      from: [{ from: index === 0 ? 'producer' : `map${index - 1}` }],
      settings: {},
      component: mapped(core, map),
    })),
    { name: 'consumer', from: [{ from: 'map1', ...overflow }], settings: {}, component: consumer(core, () => {}) },
  ]
  const failures = await runToEnd(core, nodes, { count })
  if (failures > 0) throw new Error(`${failures} messages were not acked`)
}

/** Bytes of what `make` makes, by making many. */
function sizeOf(/** @type {(n: number) => unknown} */ make) {
  const kept = Array.from({ length: SAMPLED }, (_, n) => make(n))
  const before = process.memoryUsage().heapUsed
  for (let n = 0; n < SAMPLED; n++) kept[n] = make(n)
  return (process.memoryUsage().heapUsed - before) / SAMPLED
}

const kind = process.argv[2] === 'objects' ? 'objects' : 'integers'
const envelope = /** @type {any} */ ({})
const messageBytes = sizeOf((n) => new core.Message(n, undefined, n, envelope, 0))
const valueBytes = MAPS[kind].length * sizeOf(VALUES[kind])
await run(WARM, kind)
const before = process.memoryUsage().heapUsed
await run(MEASURED, kind)
const grownBytes = (process.memoryUsage().heapUsed - before) / MEASURED
process.stdout.write(`${JSON.stringify({ messageBytes, valueBytes, grownBytes })}\n`)
