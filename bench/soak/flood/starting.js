import { built } from '../../build.js'
import { flooded, Gate, storesAt } from './pipeline.js'

// Starts with what is stored, from a number on: `node starting.js <place as JSON> <number>`; prints a line of JSON. The
// time is that from the beginning of the process to the first message that comes back, which ends it.

const build = await built()
const [place, first] = process.argv.slice(2).map((text) => JSON.parse(text))
const createStore = await storesAt(build, place)
const gate = new Gate(first)
const openedAt = performance.now()
const startMs = await new Promise((resolve, reject) => {
  const graph = flooded(build, createStore, {
    count: 0,
    each: (payment) => {
      if (gate.taken === 0) {
        resolve(performance.now())
        setImmediate(() => void stop(graph))
      }
      return gate.take(payment)
    },
  })
  graph.start().then(undefined, reject)
})

/** @param {ReturnType<typeof flooded>} graph */
async function stop(graph) {
  gate.open(Infinity)
  await graph.stop()
  const { taken, misplaced } = gate
  process.stdout.write(`${JSON.stringify({ startMs, openMs: startMs - openedAt, taken, misplaced })}\n`)
}
