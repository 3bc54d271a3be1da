import { z } from 'zod'
import { defineConsumer, type HandleConsumer, type OptionsOf, type WorkerContext } from '../core/component.ts'
import { configure, type ConfiguredConsumer } from '../core/configured.ts'
import { textsOf } from '../kit/texts.ts'
import { Turns } from '../kit/turns.ts'
import { ListWriter } from '../redis/list/writer.ts'
import { redisOptions } from '../redis/options.ts'
import { placeOfKey } from '../redis/place.ts'

const options = redisOptions.safeExtend({
  list: z.string().min(1).max(512).describe('The key of the list, which is created where it is missing.'),
  side: z
    .enum(['tail', 'head'])
    .default('tail')
    .describe(
      'Where entries are pushed: at the `tail`, behind all others, or at the `head`, each before the one before.',
    ),
  maxLength: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .optional()
    .describe(
      'Entries that are kept: the oldest, at the other side, are deleted, whether somebody has read them or not.',
    ),
})

type Options = z.output<typeof options>

/**
 * Pushes messages to a Redis list, an entry each; of a batch one per part.
 *
 *     redis-list: { url: redis://127.0.0.1:6379, list: jobs }
 *
 * An entry is the data as JSON, and nothing else: id, key and headers are left out. At least once: a write whose answer was
 * lost is written again, so that its entries may be there twice; `redis-stream` finds out about that.
 *
 * Shape:  in any message with data that JSON can say.
 * Demand: as any consumer; one write is under way at a time, with all messages of a call.
 * Acks:   when the server has answered; what that loses with its memory, or a failover, is lost.
 * Errors: SLUICE_OUTPUT_NOT_JSON and SLUICE_BATCH_LENGTH fail the message or part. All else is of the place, as
 *         SLUICE_REDIS_FULL and SLUICE_REDIS_WRONG_TYPE, and on opening what the server lacks.
 */
const definition = defineConsumer({
  name: 'redis-list',
  summary: 'Pushes messages to a Redis list.',
  options,
  io: true,
  place: (settings) => placeOfKey(settings, settings.list),
  create: (settings, context) => createRedisList(settings, context),
})
export default definition

/** Pushes messages to a Redis list: `redisList({ list: 'jobs' })`. */
export function redisList(settings: OptionsOf<typeof definition>): ConfiguredConsumer<unknown> {
  return configure(definition, settings)
}

function createRedisList(settings: Options, context: WorkerContext): HandleConsumer {
  const writer = new ListWriter(settings, context.log)
  const turns = new Turns()
  return {
    open: () => writer.open(),
    handle: (messages, { signal }) =>
      turns.take(async () => {
        if (signal.aborted) return
        const texts = textsOf(messages, context.fail)
        if (texts.length > 0) await writer.write(texts.map(({ json }) => json))
      }),
    health: () => turns.take(() => writer.probe()),
    stop: () => writer.close(),
  }
}
