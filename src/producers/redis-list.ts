import { z } from 'zod'
import { defineProducer, type OptionsOf } from '../core/component.ts'
import { configure, type ConfiguredProducer } from '../core/configured.ts'
import { jsonLimits } from '../kit/json-limits.ts'
import { ListSource } from '../redis/list/source.ts'
import { redisOptions } from '../redis/options.ts'
import { placeOfKey } from '../redis/place.ts'

const options = redisOptions
  .safeExtend({
    list: z.string().min(1).max(512).describe('The key of the list.'),
    format: z
      .enum(['json', 'text'])
      .default('json')
      .describe('What an entry is: a JSON value, or a text that is given on as it is.'),
    deadLetters: z
      .strictObject({
        list: z.string().min(1).max(512).describe('The key of the list.'),
        attempts: z.int().min(1).max(1000).default(5).describe('Failed deliveries after which an entry goes there.'),
      })
      .optional()
      .describe(
        'A list for entries that have failed back too often, or can not be read: they are pushed to its tail as they are. Without it, what has failed back comes again for good, and holds up what is behind it.',
      ),
    limits: jsonLimits,
  })
  .refine(({ list, deadLetters }) => deadLetters?.list !== list, {
    path: ['deadLetters', 'list'],
    error: 'name another list than the one that is read',
  })

/**
 * Pops entries from the head of a Redis list, which several processes may share.
 *
 *     redis-list: { url: redis://127.0.0.1:6379, list: jobs }
 *
 * At most once over a crash: what was popped is in no list any more, so that what has no outcome when the process is killed
 * is gone, and so is what the server has popped where its answer is lost (counted as `answers_lost`, and told with how
 * many entries that may have been). `redis-stream` has a stronger promise. While the process lives nothing is lost: what
 * fails back, or has no outcome at a stop, is pushed back at the head, in the order in which it was popped where it fails
 * together, and twice where the answer to that is lost. It comes again after a pause (100 ms to 10 s) in which nothing is
 * popped, with one attempt more; failing because of a place or a stop is no attempt. Attempts are known to this process
 * only; whoever else pops it doesn't know of them. What can't be stored with the dead letters holds up what follows; at
 * a stop it is pushed back. What could not be pushed back at a stop is told, and counted as `lost`.
 *
 * Shape:  out one message per entry, its data the JSON value, or the text.
 * Demand: pops at most what is asked for, and waits in the server, 6 s at a time, where there is nothing.
 * Acks:   an entry that is acked needs nothing; what has failed counts as unacked until it is back in the list.
 * Errors: SLUICE_LIST_ENTRY_INVALID fails an entry that can't be read, with its bytes as its data; where it fails back it
 *         holds up what is behind it, so that `deadLetters`, or `onFailure: dead-letter`, is advised.
 *         SLUICE_REDIS_WRONG_TYPE on opening where a key holds something else. Else what reaching Redis says; Redis 7.0 or newer.
 */
const definition = defineProducer({
  name: 'redis-list',
  summary: 'Pops entries from the head of a Redis list.',
  options,
  io: true,
  outcomes: true,
  guarantee: () => 'popped = in memory only, lost on a crash',
  place: (settings) => placeOfKey(settings, settings.list),
  create: (settings, context) => new ListSource(settings, context),
})
export default definition

/** Pops from a Redis list: `redisList<Job>({ list: 'jobs' })`. That an entry is a `Job` is said, not checked. */
export function redisList<T = unknown>(settings: OptionsOf<typeof definition>): ConfiguredProducer<T> {
  return configure(definition, settings)
}
