import { partCount } from '../../core/message.ts'
import { Worker } from '../../core/worker.ts'
import type { Run } from '../harness/run.ts'
import { comesTrue } from '../harness/time.ts'
import { breach, type Bench } from './bench.ts'
import { wasKept } from './codes.ts'
import { isHolder, isStage, type Law } from './law.ts'

/** A stage that gives nothing more after so many asks never will. */
const MOST_ASKS = 2_000

/** Demand, and what is held. */
export const DEMAND_LAWS: readonly Law[] = [
  {
    rule: 'RS 1.1, 3.8, D2',
    claim: 'gives the same for many small asks as for a large one, and never more than was asked for',
    appliesTo: isStage,
    judge: async (bench) => {
      const [atOnce, oneByOne] = [await askAtOnce(bench), await askOneByOne(bench)]
      if (atOnce !== oneByOne) breach(`asked at once it gave ${atOnce} messages, asked one by one ${oneByOne}`)
    },
  },
  {
    rule: 'D18, D21',
    claim: 'gives everything that it holds when it is flushed, and half of it under pressure',
    appliesTo: isHolder,
    judge: async (bench) => {
      await checkPressure(bench)
      await checkFlush(bench)
      const run = await bench.workThrough()
      const kept = run.outcomes.find(({ error }) => wasKept(error))
      if (kept !== undefined) breach('it kept messages back when it was drained', kept.error)
    },
  },
]

/** Messages given, in parts. */
function partsOf(run: Run): number {
  return run.givenMessages.reduce((sum, message) => sum + partCount(message), 0)
}

async function askAtOnce(bench: Bench): Promise<number> {
  return partsOf(await bench.workThrough())
}

async function askOneByOne(bench: Bench): Promise<number> {
  const run = bench.start()
  await run.push(bench.values(), { headers: { sample: 'yes' } })
  await run.end()
  for (let asks = 0; asks < MOST_ASKS && run.report === undefined; asks++) {
    const before = run.given.length
    run.grant(1)
    await run.settle()
    const { granted } = run.subject
    if (run.given.length > granted) breach(`it gave ${run.given.length} messages, and was asked for ${granted}`)
    if (run.given.length === before && run.report === undefined) await run.time.skip()
  }
  return partsOf(run)
}

function heldBy({ subject }: Run): number {
  const node = subject.graph.node(subject.name)
  return node instanceof Worker ? node.ownership.held.parts : 0
}

async function holding(bench: Bench): Promise<Run> {
  const run = bench.start()
  await bench.exercise(run)
  return run
}

async function checkPressure(bench: Bench): Promise<void> {
  const run = await holding(bench)
  const held = heldBy(run)
  if (held === 0) return
  const node = run.subject.graph.node(run.subject.name)
  if (node instanceof Worker) node.press()
  const most = Math.floor(held / 2)
  if (!(await comesTrue(run.time, () => heldBy(run) <= most)))
    breach(`under pressure it still holds ${heldBy(run)} of ${held} messages`)
}

async function checkFlush(bench: Bench): Promise<void> {
  const run = await holding(bench)
  let isFlushed = false
  run.subject.graph.whenFlushed(() => void (isFlushed = true))
  if (!(await comesTrue(run.time, () => isFlushed))) breach('its `flush` never comes back')
  if (heldBy(run) > 0) breach(`after a flush it still holds ${heldBy(run)} messages`)
}
