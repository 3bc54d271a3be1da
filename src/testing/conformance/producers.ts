import { comesTrue } from '../harness/time.ts'
import type { Run } from '../harness/run.ts'
import { breach, type Bench } from './bench.ts'
import { isProducer, type Law } from './law.ts'

/** More than a finite sample has. */
const ALL = 1_000
/** Asks of one message. */
const SMALL_ASKS = 8

const LAWS: readonly Law[] = [
  {
    rule: 'RS 1.5, D6',
    claim: 'gives something when it is asked, and does not fail',
    judge: async (bench) => {
      const run = bench.start()
      await bench.exercise(run)
      if (run.report?.error !== undefined)
        breach(`it ended its pipeline: ${run.report.error.message}`, run.report.error)
      if (run.given.length === 0)
        breach('it gave nothing; if it is fed from outside, let `supply` of its samples feed it')
    },
  },
  {
    rule: 'RS 1.1, D2',
    claim: 'gives no more than it is asked for, also over many small asks',
    judge: async (bench) => {
      const run = bench.start()
      for (let asks = 1; asks <= SMALL_ASKS && run.report === undefined; asks++) {
        await run.ask(1)
        await bench.samples.supply?.(1, run)
        await run.settle()
        if (run.given.length < asks && run.report === undefined && (await run.time.skip())) await run.settle()
        checkAnswers(run)
      }
    },
  },
  {
    rule: 'RS 1.7',
    claim: 'ends once, and gives nothing after its end',
    judge: async (bench) => {
      const run = await workToTheEnd(bench)
      const verbs = run.subject.watch.verbsOf('end', 'emit').map(({ verb }) => verb)
      const end = verbs.indexOf('end')
      if (end === -1) return
      if (verbs.lastIndexOf('end') > end) breach('it called `end` twice')
      if (verbs.lastIndexOf('emit') > end) breach('it emitted after its `end`')
    },
  },
  {
    rule: 'A1',
    claim: 'gives each message once, by an id of its own',
    judge: async (bench) => {
      const { givenMessages } = await workToTheEnd(bench)
      const ids = new Set(givenMessages.map(({ id }) => id))
      if (ids.size < givenMessages.length)
        breach(
          `${givenMessages.length} messages have ${ids.size} ids: make each by \`message\`, at a position of its own`,
        )
    },
  },
  {
    rule: 'A1, A10',
    claim: 'takes outcomes, good and bad',
    judge: async (bench) => {
      const run = bench.start({ answers: 'by hand' })
      await bench.exercise(run)
      const count = run.subject.taker?.unanswered ?? 0
      if (count > 1) await run.ack(Math.floor(count / 2))
      if (count > 0) await run.fail(new Error('a sample failed'), Math.ceil(count / 2))
      const { settle_failures: failures = 0 } = run.stats.own
      if (failures > 0) breach(`its \`settle\` failed ${failures} times`)
    },
  },
  {
    rule: 'RS 3.12, A7',
    claim: 'stops waiting when it is stopped',
    judge: async (bench) => {
      const run = bench.start()
      await run.ask(ALL)
      const waiting = run.subject.watch.callsOf('handleDemand').filter(({ isOver }) => !isOver)
      if (waiting.length === 0) return
      void run.subject.graph.stop()
      if (!(await comesTrue(run.time, () => waiting.every(({ isOver }) => isOver))))
        breach('an ask went on when its signal had aborted: pass `call.signal` on to what it waits for')
    },
  },
]

/** What gives messages when it is asked, or by itself. */
export const PRODUCER_LAWS: readonly Law[] = LAWS.map((law) => ({ ...law, appliesTo: isProducer }))

function checkAnswers({ given, subject }: Run): void {
  for (const { answer, args } of subject.watch.callsOf('handleDemand')) {
    const count = Array.isArray(answer) ? answer.length : 0
    if (count > Number(args[0])) breach(`asked for ${String(args[0])} messages, it gave ${count}`)
  }
  if (given.length > subject.granted) breach(`asked for ${subject.granted} messages, it gave ${given.length}`)
}

/** Asks for all that there is, or for a good many, and stops. */
async function workToTheEnd(bench: Bench): Promise<Run> {
  const run = bench.start()
  await bench.exercise(run)
  if (run.report === undefined) await run.ask(ALL)
  for (let tries = 0; tries < 50 && run.report === undefined && (await run.time.skip()); tries++) await run.settle()
  await run.stop()
  return run
}
