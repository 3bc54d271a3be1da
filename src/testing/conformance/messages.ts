import { inspect, isDeepStrictEqual } from 'node:util'
import { Message, partCount } from '../../core/message.ts'
import { deepCopy } from '../harness/freeze.ts'
import type { Run } from '../harness/run.ts'
import { breach, type Bench } from './bench.ts'
import { BAD_RETURN, codeOf, failureWith, FORGOTTEN, NO_ERROR, NOT_ITS_OWN, otherFailure, wasKept } from './codes.ts'
import { isStage, isWorker, type Law } from './law.ts'
import { ODD_VALUES } from './samples.ts'

/** What becomes of messages. */
export const MESSAGE_LAWS: readonly Law[] = [
  {
    rule: 'RS 2.13',
    claim: 'takes its samples: each is acked, or dropped on purpose',
    appliesTo: isWorker,
    judge: async (bench) => {
      const run = await bench.workThrough()
      const { data, error } = otherFailure(run) ?? {}
      if (error !== undefined) breach(`a sample failed, ${inspect(data)}: ${error.message}`, error)
      if (run.report?.error !== undefined)
        breach(`it ended its pipeline: ${run.report.error.message}`, run.report.error)
    },
  },
  {
    rule: 'A9',
    claim: 'forgets no message',
    appliesTo: isWorker,
    judge: async (bench) => {
      const run = await bench.workThrough()
      const lost = run.outcomes.filter(({ error }) => codeOf(error) === FORGOTTEN && !wasKept(error)).length
      if (lost > 0) breach(`${lost} messages were neither returned, dropped, failed nor held`)
    },
  },
  {
    rule: 'A1, P4',
    claim: 'decides over each message once',
    appliesTo: isWorker,
    judge: async (bench) => {
      const run = await bench.workThrough()
      const foreign = failureWith(run, NOT_ITS_OWN)
      if (foreign !== undefined) breach('it gave a message twice, or one that is not its to give', foreign.error)
      if (decidedTwice(run)) breach('it dropped, failed or acked a message, and then decided over it again')
    },
  },
  {
    rule: 'contract',
    claim: 'gives what its shape promises',
    appliesTo: isWorker,
    judge: async (bench) => {
      const wrong = failureWith(await bench.workThrough(), BAD_RETURN)
      if (wrong !== undefined) breach('a handler returned something of the wrong type', wrong.error)
    },
  },
  {
    rule: 'RS 2.13',
    claim: 'throws errors and nothing else',
    appliesTo: isWorker,
    judge: async (bench) => {
      const run = bench.start()
      run.subject.grantAll()
      await run.push([...bench.values(), ...oddValues(bench)])
      await run.stop()
      const thrown = failureWith(run, NO_ERROR)
      if (thrown !== undefined) breach('it threw something that is no error', thrown.error)
    },
  },
  {
    rule: 'RS 2.11',
    claim: 'changes nothing that it is given',
    appliesTo: isWorker,
    judge: checkUnchanged,
  },
  {
    rule: 'A3, A10',
    claim: 'lets malformed data fail its own message, and no other',
    appliesTo: isWorker,
    judge: checkMalformed,
  },
  {
    rule: 'D1, A12',
    claim: 'gives no batch that is larger than it declares',
    appliesTo: isStage,
    judge: async (bench) => {
      if (bench.samples.before !== undefined) return // Their batches may be what it gives.
      const run = await bench.workThrough()
      const most = run.subject.declaredParts
      const largest = Math.max(1, ...run.givenMessages.map(partCount))
      if (largest > most) breach(`it gave a batch of ${largest}, and declares ${most}: say so in \`parts\``)
    },
  },
]

function decidedTwice({ subject: { watch } }: Run): boolean {
  const decided = new Set<unknown>()
  for (const { args } of watch.verbsOf('drop', 'fail', 'ack')) {
    if (typeof args[2] === 'number') continue // One part of a batch.
    for (const message of [args[0]].flat()) {
      if (decided.has(message)) return true
      decided.add(message)
    }
  }
  return watch.callsOf('handle').some(({ answer }) => {
    return Array.isArray(answer) && answer.some((given) => given instanceof Message && decided.has(given))
  })
}

async function checkUnchanged(bench: Bench): Promise<void> {
  const run = bench.start()
  const values = bench.values()
  const before = deepCopy(values)
  run.subject.grantAll()
  await run.push(values)
  await run.stop()
  if (!isDeepStrictEqual(values, before)) breach('it changed the data of a message: handlers return new values')
  if (run.subject.watch.changes.length > 0) breach('it wrote to a message: return `message.with(data)`')
  const frozen = await bench.workThrough({ freezes: true })
  if (!isDeepStrictEqual(outcomesOf(frozen), outcomesOf(run)))
    breach('with data and headers frozen its outcomes are others: it writes to them', otherFailure(frozen)?.error)
}

function outcomesOf(run: Run): string[] {
  return run.outcomes.map(({ outcome }) => outcome)
}

/** The same samples, alone and between what a stranger may send. */
async function checkMalformed(bench: Bench): Promise<void> {
  const values = bench.values()
  const alone = await outcomesBy(bench, values)
  const bad = [...(bench.samples.malformed ?? []), ...oddValues(bench)]
  const mixed = Array.from({ length: Math.max(values.length, bad.length) }, (_, index) =>
    [bad, values].map((list) => list.slice(index, index + 1)),
  )
  const among = await outcomesBy(bench, mixed.flat(2), bad)
  for (const value of values) {
    const [before, after] = [alone, among].map((outcomes) => outcomes.get(value)?.outcome)
    if (before !== after)
      breach(`a sample that was ${before} alone is ${after} among malformed data`, among.get(value)?.error)
  }
  for (const value of bench.samples.malformed ?? []) {
    if (among.get(value)?.outcome !== 'failed') breach(`malformed data did not fail: ${inspect(value)}`)
  }
}

async function outcomesBy(bench: Bench, values: readonly unknown[], ended: readonly unknown[] = []) {
  const run = bench.start()
  run.subject.grantAll()
  await run.push(values)
  const report = await run.stop()
  if (report.error !== undefined && ended.length > 0)
    breach(`malformed data ended the pipeline: ${report.error.message}`, report.error)
  return new Map(run.outcomes.map((outcome) => [outcome.data, outcome]))
}

function oddValues({ samples }: Bench): readonly unknown[] {
  return ODD_VALUES.filter((value) => !(samples.values ?? []).includes(value))
}
