import { defineConsumer, type OptionsOf } from '../core/component.ts'
import { configure, type ConfiguredConsumer } from '../core/configured.ts'
import { DEAD_LETTERS } from '../core/letter.ts'
import { BullLetters } from '../overflow/letters/bull/bull-letters.ts'
import { JobSink } from '../redis/bullmq/job-sink.ts'
import { bullSinkOptions } from '../redis/bullmq/options.ts'
import { placeOfKey } from '../redis/place.ts'

/**
 * Adds messages to a BullMQ queue, each as a job: `bullmq: { queue: mails, url: redis://…, job: { name: data.kind } }`; of
 * a batch each part. The data of the job is that of the message, and nothing else of it: what a worker needs of key and
 * headers, a `map` puts into the data.
 *
 * The id of a job is that of its message, with "%3A" for ":", unless `job.id` says otherwise: what is sent again, because
 * an answer was lost, isn't added twice, for as long as the queue keeps the job; with `removeOnComplete` one that has been
 * handled in the meantime is added again. Where a plugin's producer counts anew at each start, ids come again that the
 * queue may have, and nothing is added for them: there say `id: null`, or what tells jobs apart.
 *
 * As `deadLetters: { bullmq: { queue: orders-dead } }` it keeps letters: each is a failed job named for the node that failed
 * it, with the whole letter as its data and the error as its reason, so that dashboards for BullMQ show it. A retry there
 * brings the message back to that node, in whichever process runs the pipeline: where it is handled the job goes, and
 * where it fails again the job has failed again, with the new story. `job.removeOnFail` bounds how many are kept; nothing
 * else of `job` counts. A letter is there when it is added; it waits until a process that runs the pipeline has failed
 * it, at once as a rule. What fails again with the same data while its letter is there, because it was delivered twice,
 * stays one letter. Each pipeline has a queue of its own for them: a letter of another one isn't given back, and says so.
 *
 * Shape:  in any message with data that JSON can say.
 * Demand: as any consumer; what is taken in one call (`callSize`) is added in one go, at most 1,000 at a time.
 * Acks:   when Redis has confirmed that the job is there.
 * Errors: SLUICE_BULLMQ_JOB_INVALID, SLUICE_EXPRESSION_FAILED and SLUICE_BATCH_LENGTH fail the message or part;
 *         SLUICE_LETTER_INVALID and SLUICE_LETTER_NOT_JSON a letter. What a
 *         connection meets is of the place, as SLUICE_REDIS_UNREACHABLE. SLUICE_BULLMQ_MISSING fails the start.
 * Source: `addBulk` of BullMQ 6.
 */
const definition = defineConsumer({
  name: 'bullmq',
  summary: 'Adds messages to a BullMQ queue, each as a job.',
  options: bullSinkOptions,
  short: 'queue',
  io: true,
  place: (settings) => placeOfKey(settings, `${settings.prefix}:${settings.queue}`),
  create: (options, context) => {
    const sink = context.node === DEAD_LETTERS ? new BullLetters(options, context) : new JobSink(options, context)
    return {
      open: () => sink.open(),
      handle: (messages) => sink.handle(messages),
      health: () => sink.health(),
      stop: () => sink.stop(),
    }
  },
})
export default definition

/** Adds messages to a BullMQ queue: `bullmq({ queue: 'mails', job: { name: 'data.kind' } })`. */
export function bullmq(settings: OptionsOf<typeof definition>): ConfiguredConsumer<unknown> {
  return configure(definition, settings)
}
