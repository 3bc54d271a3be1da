import { asError } from '../../core/errors.ts'
import type { Run } from '../harness/run.ts'
import { comesTrue } from '../harness/time.ts'
import { breach, type Bench } from './bench.ts'
import { isWorker, type Law } from './law.ts'

/** A timeout that passes while a call waits for the clock. */
const TIMEOUT_MS = 20
/** In which everything that comes late has come; simulated ms. */
const LATE_MS = 60_000

/** Calls that wait. Of a component that answers at once they say nothing. */
export const WAITING_LAWS: readonly Law[] = [
  {
    rule: 'RS 2.2, D13',
    claim: 'comes back from each call',
    appliesTo: isWorker,
    judge: async (bench) => {
      const { timeouts } = (await bench.workThrough()).stats
      if (timeouts > 0) breach(`${timeouts} calls took longer than their timeout`)
    },
  },
  {
    rule: 'D13',
    claim: 'heeds the signal of a call that waits',
    appliesTo: isWorker,
    judge: async (bench) => {
      const run = await waiting(bench)
      const calls = run.subject.watch.underWay
      if (calls.length === 0) return
      await run.time.advance(TIMEOUT_MS)
      if (!(await comesTrue(run.time, () => calls.every(({ isOver }) => isOver))))
        breach('a call went on when its signal had aborted: pass `call.signal` on to what it waits for')
    },
  },
  {
    rule: 'RS 1.8, D13',
    claim: 'does no harm by what comes late, and goes on',
    appliesTo: isWorker,
    judge: async (bench) => {
      const run = await waiting(bench)
      if (run.subject.watch.underWay.length === 0) return
      await run.time.advance(TIMEOUT_MS)
      await run.time.advance(LATE_MS)
      const [escaped] = bench.escapes.errors
      if (escaped !== undefined) breach(`after a timeout an error escaped: ${asError(escaped).message}`, escaped)
      if (run.report !== undefined) breach('after a timeout its pipeline has ended', run.report.error)
      const before = run.subject.watch.calls.length
      await bench.exercise(run)
      await run.time.advance(LATE_MS)
      if (run.subject.watch.calls.length === before) breach('after a timeout it takes nothing more')
    },
  },
]

/** A run whose calls wait for the clock, or for what real I/O there is. */
async function waiting(bench: Bench): Promise<Run> {
  const run = bench.start({ settings: { timeout: `${TIMEOUT_MS}ms` } })
  await bench.exercise(run)
  return run
}
