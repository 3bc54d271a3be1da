import { asError } from '../../core/errors.ts'
import { ManualEnv } from '../manual-env.ts'
import { Subject } from '../harness/subject.ts'
import { comesTrue } from '../harness/time.ts'
import { Watch } from '../harness/watch.ts'
import type { Run } from '../harness/run.ts'
import { breach, type Bench } from './bench.ts'
import { codeOf, STOPPED } from './codes.ts'
import type { Law } from './law.ts'
import { Resources } from './resources.ts'

/** In which something that comes late would have come; ms of the real clock. */
const LATE_MS = 20

/** Opening, stopping, and what is left then. */
export const LIFE_LAWS: readonly Law[] = [
  {
    rule: 'contract',
    claim: 'opens nothing before `open`: a pipeline is checked without side effects',
    judge: async (bench) => {
      const { options, settings = {}, before = [] } = bench.samples
      const given = { ...(options === undefined ? {} : { options }), settings, before }
      let subject: Subject | undefined
      const left = await new Resources().leftBy(async () => {
        subject = new Subject(bench.component(), given, { env: new ManualEnv(), watch: new Watch(false) })
      })
      if (left.length > 0) breach(`making ${subject?.name} left something open: ${left.join(', ')}`)
    },
  },
  {
    rule: 'RS 1.6, contract',
    claim: 'can be opened again after it has stopped',
    judge: async (bench) => {
      const component = bench.component()
      const first = bench.start({}, component)
      await bench.exercise(first)
      await first.stop()
      const second = bench.start({}, component)
      await bench.exercise(second)
      await second.stop()
      if (hasWorked(first) && !hasWorked(second)) breach('opened a second time, it does nothing')
    },
  },
  {
    rule: 'contract',
    claim: 'can be open twice at once, or says that it is `exclusive`',
    judge: async (bench) => {
      if (bench.start().subject.isExclusive) return
      const runs = [bench.start(), bench.start()]
      for (const run of runs) await run.settle()
    },
  },
  {
    rule: 'RS 3.12, 3.13',
    claim: 'leaves no timer and no handle behind, also when it is stopped in the middle or cancelled',
    judge: async (bench) => {
      await checkEnd(bench, 'it was stopped', async (run) => {
        await bench.exercise(run)
        await run.stop()
      })
      await checkEnd(bench, 'it was stopped in the middle', async (run) => {
        await begin(bench, run)
        await run.close()
      })
      await checkEnd(bench, 'its subscriber had gone', async (run) => {
        await begin(bench, run)
        if (run.subject.kind !== 'consumer') run.subject.cancel()
        await run.close()
      })
    },
  },
  {
    rule: 'RS 3.5',
    claim: 'comes to an end when it is stopped',
    judge: async (bench) => {
      const { log, subject } = await bench.workThrough()
      const failed = log.find(({ message }) => message === 'stop failed')
      if (failed !== undefined) breach(`its \`stop\` failed: ${String(failed.fields['error'])}`)
      const [stop] = subject.watch.callsOf('stop')
      if (stop?.isOver === false) breach('its `stop` never came back')
    },
  },
  {
    rule: 'RS 1.7, 2.8',
    claim: 'says nothing more when it has stopped',
    judge: async (bench) => {
      const { time, subject } = await bench.workThrough()
      const late = (): string[] => subject.watch.verbs.filter(({ isLate }) => isLate).map(({ verb }) => verb)
      if (await comesTrue(time, () => late().length > 0, LATE_MS))
        breach(`it used \`${late()[0]}\` after its end: let \`stop\` end whatever could`)
    },
  },
  {
    rule: 'RS 1.4, A10',
    claim: 'lets no error escape: each is of its node',
    judge: async (bench) => {
      const { time, subject } = await bench.workThrough()
      const { errors } = bench.escapes
      if (await comesTrue(time, () => errors.length > 0, LATE_MS)) {
        breach(`an error escaped that nobody could catch: ${asError(errors[0]).message}`, errors[0])
      }
      const foreign = subject.feed?.outcomes.find(
        ({ outcome, node, error }) => outcome === 'failed' && node !== subject.name && codeOf(error) !== STOPPED,
      )
      if (foreign !== undefined) breach(`a failure was attributed to ${foreign.node}`, foreign.error)
    },
  },
]

function hasWorked(run: Run): boolean {
  const { feed, taker } = run.subject
  if (feed === undefined) return taker!.messages.length > 0
  return feed.outcomes.some(({ outcome }) => outcome !== 'failed')
}

/** Has it begun to work, without waiting for anything. */
async function begin(bench: Bench, run: Run): Promise<void> {
  await run.settle()
  const { subject } = run
  subject.feed?.push(bench.values(), undefined)
  if (subject.kind === 'producer') subject.grant(1)
  if (subject.kind === 'producer') await bench.samples.supply?.(1, run)
  await Promise.resolve()
}

async function checkEnd(bench: Bench, when: string, live: (run: Run) => Promise<void>): Promise<void> {
  let run!: Run
  const left = await new Resources().leftBy(async () => {
    run = bench.start()
    await live(run)
  })
  if (left.length > 0) breach(`when ${when}, it left something open: ${left.join(', ')}`)
  const isOver = run.subject.watch.callsOf('stop').every((stop) => stop.isOver)
  if (isOver && run.timers > 0) breach(`when ${when}, ${run.timers} timers of the clock still ran`)
}
