import { hostname } from 'node:os'
import { z } from 'zod'
import { defineProducer, type OptionsOf } from '../core/component.ts'
import { configure, type ConfiguredProducer } from '../core/configured.ts'
import { jsonLimits } from '../kit/json-limits.ts'
import { duration } from '../kit/units.ts'
import { redisOptions } from '../redis/options.ts'
import { StreamSource } from '../redis/stream/source.ts'
import { placeOfKey } from '../redis/place.ts'

/** A renewal that is answered late leaves time for another. */
const ANSWERS_PER_CLAIM = 3

const ENTRY_ID = /^\d{1,20}(-\d{1,20})?$/
const START_EXPECTED = 'must be `new`, `beginning`, or the id of an entry, as 1700000000000-0'

const name = (): z.ZodString => z.string().min(1).max(512)

const options = redisOptions
  .safeExtend({
    stream: name().describe('The key of the stream.'),
    group: name().describe('The consumer group: those of one group share the entries.'),
    consumer: name()
      .optional()
      .describe(
        'The name in the group, the same after a restart and of nobody else: two processes on one machine need one each, and are told where they have not. Without it `<machine>:<pipeline>:<node>`.',
      ),
    create: z
      .boolean()
      .default(false)
      .describe('Whether the group, and the stream, are created where they are missing; also while it runs.'),
    start: z
      .union([z.enum(['new', 'beginning']), z.string().regex(ENTRY_ID, { error: START_EXPECTED })], {
        error: START_EXPECTED,
      })
      .default('new')
      .describe('Where a group begins that is created: at what is `new`, at the `beginning`, or behind an id.'),
    fields: z
      .enum(['data', 'entry'])
      .default('data')
      .describe(
        '`data`: the field `data` is JSON, and `key`, `headers` (JSON), `time` and `id` may stand beside it, as the consumer `redis-stream` writes them. `entry`: the data is an object of all fields, as texts.',
      ),
    claimAfter: duration({ min: '300ms', max: '24h' })
      .prefault('1m')
      .describe(
        'Entries that somebody of the group has had for so long without a sign are taken over. This consumer gives a sign for what it has every third of it.',
      ),
    deadLetters: z
      .strictObject({
        stream: name().describe('The key of the stream; in a cluster one with the same hash tag.'),
        attempts: z.int().min(1).max(1000).default(5).describe('Failed deliveries after which an entry goes there.'),
      })
      .optional()
      .describe(
        'A stream for entries that have failed back too often, or can not be read. Without it, what has failed back comes again for good.',
      ),
    trim: z
      .enum(['never', 'acked'])
      .default('never')
      .describe('`acked`: what is acknowledged is deleted from the stream, also for other groups.'),
    limits: jsonLimits,
  })
  .refine(({ claimAfter, commandTimeout }) => claimAfter >= ANSWERS_PER_CLAIM * commandTimeout, {
    path: ['claimAfter'],
    error: 'takes at least three times `commandTimeout`, so that one late answer does not give entries away',
  })
  .refine(({ stream, deadLetters }) => deadLetters?.stream !== stream, {
    path: ['deadLetters', 'stream'],
    error: 'name another stream than the one that is read: a letter would be read again, and fail again, for good',
  })

/**
 * Reads a Redis stream as one consumer of a group.
 *
 *     redis-stream: { url: redis://127.0.0.1:6379, stream: orders, group: billing, create: true }
 *
 * At least once: an entry comes again where the process, the server or the connection ended before its acknowledgement
 * was written, and where this process stood still for longer than `claimAfter` while it had it. What was given to this
 * consumer and not acknowledged comes first after a restart, in order. What fails comes again after a pause (100 ms to
 * 10 s), with one attempt more, behind what came meanwhile; what fails because of a place, or a stop, isn't counted, nor are
 * takeovers. What a `redis-stream` consumer writes to the same server takes effect once: see there. With `onFailure: dead-letter` of a node the pipeline keeps the letter, and the entry is acknowledged.
 *
 * Shape:  out one message per entry, at the position `<id of the entry>`, or with the id in its field `id`.
 * Demand: reads at most what is asked for, and waits in the server, 10 s at a time, where there is nothing.
 * Acks:   in bulk; while Redis is away nothing more than `maxUnacked` is taken.
 * Errors: SLUICE_STREAM_ENTRY_INVALID fails an entry that can't be read, with its bytes as its data.
 *         SLUICE_STREAM_GROUP_MISSING on opening without `create`. Else what reaching Redis says; told and counted as
 *         `lost` are entries that were deleted before they were delivered, those that a trim took before anybody was given
 *         them where Redis (7.0) can tell.
 */
const definition = defineProducer({
  name: 'redis-stream',
  summary: 'Reads a Redis stream as one consumer of a group.',
  options,
  io: true,
  outcomes: true,
  keyed: ({ fields }) => fields === 'data',
  exclusive: ({ stream, group, consumer }) =>
    consumer === undefined ? undefined : `consumer ${consumer} of the group ${group} of the stream ${stream}`,
  place: (settings) => placeOfKey(settings, settings.stream),
  create: (settings, context) => {
    const { pipeline, node } = context
    return new StreamSource(settings, context, settings.consumer ?? `${hostname()}:${pipeline}:${node}`)
  },
})
export default definition

/**
 * Reads a Redis stream: `redisStream<Order>({ stream: 'orders', group: 'billing' })`. That an entry is an `Order` is said,
 * not checked.
 */
export function redisStream<T = unknown>(settings: OptionsOf<typeof definition>): ConfiguredProducer<T> {
  return configure(definition, settings)
}
