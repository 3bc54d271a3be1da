import { defineProducer, type OptionsOf } from '../core/component.ts'
import { configure, type ConfiguredProducer } from '../core/configured.ts'
import { JobSource } from '../redis/bullmq/job-source.ts'
import { bullSourceOptions } from '../redis/bullmq/options.ts'
import { placeOfKey } from '../redis/place.ts'

/**
 * Gives the jobs of a BullMQ queue, each as a message, as many as there is demand for: `bullmq: orders`, or
 * `bullmq: { queue: orders, url: redis://… }`. A queue with jobs in it works as it is, beside other workers of it, and
 * those of other processes of the same pipeline.
 *
 * `data` is that of the job; the headers `bullmq-name`, `bullmq-queue` and, of a child in a flow, `bullmq-parent` say
 * more; `attempt` counts those of BullMQ. Delayed and prioritized jobs come when it is their time; a queue that is paused
 * or limited gives nothing meanwhile. Jobs that are fetched keep their order; retries and stalled jobs come later.
 *
 * A job is locked from the time that it is fetched, and its lock renewed for as long as its message is under way. One
 * whose lock was lost all the same, as where this process stood still, or that was removed, is counted in `lost_jobs` and
 * named in the log, and its outcome is not told: another worker may have it. One that can't be given has failed, and is
 * counted in `unfit_jobs`: it has stalled too often, a child of it has failed, or its data is no JSON. Where a fetch was
 * answered by nobody, its job comes again when its lock expires, as it does after a crash: BullMQ counts that as stalled,
 * fails what has stalled more than `maxStalledCount`, and so may deliver twice.
 *
 * Shape:  out a message per job; goes on until the pipeline stops.
 * Demand: fetches jobs one by one, several at a time, never more than are asked for; where one is completed while another
 *         is asked for, one command does both. While there are none, one command waits in the server.
 * Acks:   a job is completed when its message is acked, which is also so where it was dropped, or is a dead letter of the
 *         pipeline. One that failed is failed: attempts and backoff are those of the job. What has no outcome when the
 *         pipeline stops is given back at once, and doesn't count as an attempt. The stage `bullmq-progress` tells how far
 *         a job is.
 * Errors: SLUICE_BULLMQ_MISSING fails the start, as do SLUICE_REDIS_AUTH_REFUSED and others that don't pass. While Redis is
 *         away nothing is fetched, and outcomes wait until they can be told.
 * Source: BullMQ 6, "manually fetching jobs".
 */
const definition = defineProducer({
  name: 'bullmq',
  summary: 'Gives the jobs of a BullMQ queue, and completes or fails them.',
  options: bullSourceOptions,
  short: 'queue',
  io: true,
  outcomes: true,
  // Each job is completed by a command of its own: many are under way at a time, as their fetches are.
  settleConcurrency: 64,
  place: (settings) => placeOfKey(settings, `${settings.prefix}:${settings.queue}`),
  create: (options, context) => {
    const source = new JobSource(options, context)
    return {
      open: () => source.open(),
      handleDemand: (count) => source.handleDemand(count),
      settle: (receipts) => source.settle(receipts),
      drain: () => source.drain(),
      stop: () => source.stop(),
    }
  },
})
export default definition

/** Gives the jobs of a BullMQ queue: `bullmq<Order>({ queue: 'orders', url: 'redis://127.0.0.1:6379' })`. */
export function bullmq<T = unknown>(settings: OptionsOf<typeof definition>): ConfiguredProducer<T> {
  return configure(definition, settings)
}
