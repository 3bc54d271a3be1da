import { z } from 'zod'
import { defineProducer, type OptionsOf } from '../core/component.ts'
import { configure, type ConfiguredProducer } from '../core/configured.ts'
import { jsonLimits } from '../kit/json-limits.ts'
import { queueOptions } from '../kit/queue-options.ts'
import { redisOptions } from '../redis/options.ts'
import { PubsubSource } from '../redis/pubsub/source.ts'

const names = (): z.ZodDefault<z.ZodArray<z.ZodString>> => z.array(z.string().min(1).max(512)).max(1000).default([])

const options = redisOptions
  .safeExtend({
    channels: names().describe('Channels, by their names.'),
    patterns: names().describe(
      'Channels by patterns, as `orders.*`; one that is also among `channels` is heard twice.',
    ),
    format: z
      .enum(['json', 'text'])
      .default('json')
      .describe('What is published: JSON values, or texts that are given on as they are.'),
    limits: jsonLimits,
    queue: queueOptions.queue,
    whenFull: z
      .enum(['error', 'drop-newest', 'drop-oldest'])
      .describe(
        'What happens when the queue is full: the pipeline fails, or the newest or the oldest is dropped and counted.',
      ),
  })
  .refine(({ channels, patterns }) => channels.length + patterns.length > 0, {
    path: ['channels'],
    error: 'name what is to be heard: give `channels`, `patterns` or both',
  })
  .refine(({ cluster }) => cluster === undefined, {
    path: ['cluster'],
    error: 'give the `url` of one server of the cluster: each hears what is published at any other',
  })

/**
 * Hears what is published in Redis.
 *
 *     redis-pubsub: { url: redis://127.0.0.1:6379, channels: [prices], whenFull: drop-oldest }
 *
 * At most once: Redis keeps nothing. What is published before this subscribes, or while the connection is gone, is lost;
 * each time it has subscribed again is told, and counted as `reconnects`. `redis-stream` has a stronger promise.
 *
 * Shape:  out a message per publication, with the header `channel`; its data the JSON value, or the text.
 * Demand: nobody can be asked to publish less: what comes beyond demand waits in `queue`, and `whenFull`, which has no
 *         default, says what becomes of what finds it full. `error`: the pipeline fails once what came before has its
 *         outcome. `drop-newest` and `drop-oldest`: dropped, counted as `queue-full`. What has no room in `maxUnacked` is
 *         counted as `rejected`, with `error` the same. What comes before the pipeline first asks is not taken.
 * Acks:   nobody can be told.
 * Errors: SLUICE_PUBSUB_MESSAGE_INVALID fails what can't be read, with its bytes as its data. SLUICE_PUBSUB_FULL ends the
 *         pipeline, with `whenFull: error`. Else on opening what reaching Redis says. A server that is silent is asked every 10 s whether it is there.
 */
const definition = defineProducer({
  name: 'redis-pubsub',
  summary: 'Hears what is published in Redis.',
  options,
  io: true,
  guarantee: () => 'published = in memory if it is heard at all, lost on a crash',
  create: (settings, context) => new PubsubSource(settings, context),
})
export default definition

/** Hears what is published: `redisPubsub<Price>({ channels: ['prices'], whenFull: 'drop-oldest' })`. That it is a `Price` is said, not checked. */
export function redisPubsub<T = unknown>(settings: OptionsOf<typeof definition>): ConfiguredProducer<T> {
  return configure(definition, settings)
}
