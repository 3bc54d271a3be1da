import { built } from '../build.js'
import { runToEnd } from '../sluice/pipeline.js'

// Sends integers through one stage and weighs the heap on the way, in a process of its own:
// `node --expose-gc stage.js <module> <options as JSON> <messages> <baseline>`; prints a line of JSON.
// The heap is weighed while the pipeline runs, both times at the same place: when the producer is asked for more.

const [module = '', options = '{}', ...counts] = process.argv.slice(2)
const [messages = 0, baseline = 0] = counts.map(Number)
const { core, stage } = await built()
const { default: definition, settings = {} } = await import(module)
const heap = { baselineBytes: 0, endBytes: 0 }

/** Heap bytes in use after everything that can go has gone. */
function weigh() {
  if (globalThis.gc === undefined) throw new Error('start it with --expose-gc')
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

const numbers = core.bind(
  {
    kind: 'producer',
    name: 'numbers',
    summary: 'Counts.',
    options: /** @type {any} */ ({}),
    create: (_options, { message, end }) => {
      let next = 0
      return {
        handleDemand(demand) {
          if (next === baseline) heap.baselineBytes = weigh()
          if (next === messages) {
            heap.endBytes = weigh()
            return end()
          }
          const goal = next < baseline ? baseline : messages
          return Array.from({ length: Math.min(demand, goal - next) }, () => message(next++))
        },
      }
    },
  },
  {},
)

const discard = core.bind(
  {
    kind: 'consumer',
    name: 'discard',
    summary: 'Discards.',
    options: /** @type {any} */ ({}),
    create: () => ({ each() {} }),
  },
  {},
)

/** What takes batches apart is given batches. */
async function batches() {
  const batch = await stage('batch')
  return {
    name: 'batches',
    from: [{ from: 'numbers' }],
    settings: {},
    component: core.bind(batch, batch.options.parse({})),
  }
}

const before = definition.unbatches === true ? [await batches()] : []
const failures = await runToEnd(
  core,
  [
    { name: 'numbers', from: [], settings: {}, component: numbers },
    ...before,
    {
      name: 'stage',
      from: [{ from: before[0]?.name ?? 'numbers' }],
      settings,
      component: core.bind(definition, definition.options.parse(JSON.parse(options))),
    },
    { name: 'discard', from: [{ from: 'stage' }], settings: {}, component: discard },
  ],
  { count: messages },
)
process.stdout.write(`${JSON.stringify({ ...heap, failures })}\n`)
