import { z } from 'zod'
import { defineConsumer, type HandleConsumer, type OptionsOf, type WorkerContext } from '../core/component.ts'
import { configure, type ConfiguredConsumer } from '../core/configured.ts'
import { textsOf } from '../kit/texts.ts'
import { Turns } from '../kit/turns.ts'
import { redisOptions } from '../redis/options.ts'
import { JointWriter } from '../redis/stream/joint-writer.ts'
import { StreamWriter } from '../redis/stream/writer.ts'
import { placeOfKey } from '../redis/place.ts'

const options = redisOptions.safeExtend({
  stream: z.string().min(1).max(512).describe('The key of the stream, which is created where it is missing.'),
  maxLength: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .optional()
    .describe('Entries that are kept, about: older ones are deleted, whether somebody has read them or not.'),
  deduplicate: z
    .boolean()
    .default(true)
    .describe(
      'Whether a write whose answer was lost is found out about, and not written twice, by a hash beside the stream; and what comes from a stream of the same server is acknowledged as it is written.',
    ),
  durability: z
    .enum(['memory', 'aof', 'aof-always'])
    .default('memory')
    .describe(
      'What must not happen to what counts as written: `memory`, that it is evicted; `aof`, that it is lost when the server ends (a power cut may take the last two seconds); `aof-always`, that a power cut takes it. The server is checked for it.',
    ),
})

type Options = z.output<typeof options>

/**
 * Writes messages to a Redis stream, an entry each; of a batch one per part.
 *
 *     redis-stream: { url: redis://127.0.0.1:6379, stream: orders, maxLength: 1000000 }
 *
 * An entry has the fields `data` (JSON), `id` and `time` (ms), and where there are such `key` and `headers` (JSON); the
 * producer `redis-stream` makes the same message of it. Where this process is killed after a write and before its
 * acknowledgement, the message is written again by the next one, with the same `id`.
 *
 * What a `redis-stream` producer of the same process has read from the same server, as the same user, is acknowledged by
 * the script that writes it, as long as it is one message to one: so each entry takes effect once, whatever is killed and
 * whoever takes it over; `written_once` counts them. In a cluster both streams have one hash tag, as `{shop}:orders`. Of
 * what is acknowledged already, by another daemon or by hand, nothing is written (`acknowledged_before`). Not so children, batches, what an overflow
 * has stored, what another branch still has to do with, and with `deduplicate: false`.
 *
 * Shape:  in any message with data that JSON can say.
 * Demand: as any consumer; one write is under way at a time, with all messages of a call.
 * Acks:   when the server has answered, at its `durability`; a failover loses what no replica had, the newest;
 *         `min-replicas-to-write` and `min-replicas-max-lag` of the server bound how much that is.
 * Errors: SLUICE_OUTPUT_NOT_JSON and SLUICE_BATCH_LENGTH fail the message or part. All else is of the place, as
 *         SLUICE_REDIS_FULL, after which nothing of the call is written, or of more than 10,000 entries the first ones,
 *         which are not written again; and on opening what the server lacks.
 */
const definition = defineConsumer({
  name: 'redis-stream',
  summary: 'Writes messages to a Redis stream.',
  options,
  io: true,
  place: (settings) => placeOfKey(settings, settings.stream),
  create: (settings, context) => createRedisStream(settings, context),
})
export default definition

/** Writes messages to a Redis stream: `redisStream({ stream: 'orders' })`. */
export function redisStream(settings: OptionsOf<typeof definition>): ConfiguredConsumer<unknown> {
  return configure(definition, settings)
}

function createRedisStream(settings: Options, context: WorkerContext): HandleConsumer {
  const writer = new StreamWriter(settings, context.log)
  const joint = new JointWriter(writer, settings, context)
  const turns = new Turns()
  return {
    open: () => writer.open(),
    handle: (messages, { signal }) =>
      turns.take(async () => {
        if (signal.aborted) return
        const entries = textsOf(messages, context.fail)
        if (entries.length === 0) return
        if (settings.deduplicate) return await joint.write(entries)
        const errors = await writer.writeEach(entries)
        for (const [index, { of, part }] of entries.entries()) {
          if (errors[index] !== undefined) context.fail(of, errors[index], part)
        }
      }),
    health: () => turns.take(() => writer.probe()),
    stop: () => writer.close(),
  }
}
