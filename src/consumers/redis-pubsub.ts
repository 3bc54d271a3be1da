import { z } from 'zod'
import { defineConsumer, type HandleConsumer, type OptionsOf, type WorkerContext } from '../core/component.ts'
import { configure, type ConfiguredConsumer } from '../core/configured.ts'
import type { Message } from '../core/message.ts'
import { expression } from '../kit/expression/schema.ts'
import { textsOf } from '../kit/texts.ts'
import { Turns } from '../kit/turns.ts'
import { redisOptions } from '../redis/options.ts'
import { Publisher, type Publication } from '../redis/pubsub/publisher.ts'
import { textError } from '../redis/text-errors.ts'

const options = redisOptions
  .safeExtend({
    channel: z.string().min(1).max(512).optional().describe('The channel. Or give `to`.'),
    to: expression().optional().describe('The channel of a message, or part of a batch: `"orders." + data.country`.'),
  })
  .refine(({ channel, to }) => (channel === undefined) !== (to === undefined), {
    path: ['channel'],
    error: 'give one of `channel` and `to`',
  })

type Options = z.output<typeof options>

/**
 * Publishes messages in Redis; of a batch each part.
 *
 *     redis-pubsub: { url: redis://127.0.0.1:6379, channel: prices }
 *
 * What is published is the data as JSON, and nothing else. Nobody may have heard it: Redis gives it to those that are
 * subscribed at that moment, and keeps nothing; how many have heard is counted as `receivers` (in a cluster those of one
 * server). A call whose answer was lost is published again, so that it may be heard twice.
 *
 * Shape:  in any message with data that JSON can say.
 * Demand: as any consumer; one pipeline is under way at a time, with all messages of a call.
 * Acks:   when the server has answered.
 * Errors: SLUICE_OUTPUT_NOT_JSON, SLUICE_PUBSUB_CHANNEL_INVALID, where `to` gives no text, and SLUICE_BATCH_LENGTH fail the
 *         message or part. All else is of the place; a message whose channel is refused is published again by itself.
 */
const definition = defineConsumer({
  name: 'redis-pubsub',
  summary: 'Publishes messages in Redis.',
  options,
  io: true,
  create: (settings, context) => createRedisPubsub(settings, context),
})
export default definition

/** Publishes messages: `redisPubsub({ channel: 'prices' })`. */
export function redisPubsub(settings: OptionsOf<typeof definition>): ConfiguredConsumer<unknown> {
  return configure(definition, settings)
}

function createRedisPubsub(settings: Options, context: WorkerContext): HandleConsumer {
  const publisher = new Publisher(settings, context)
  const turns = new Turns()
  return {
    open: () => publisher.open(),
    handle: (messages, { signal }) =>
      turns.take(async () => {
        if (signal.aborted) return
        const publications = publicationsOf(messages, settings, context.fail)
        if (publications.length === 0) return
        const errors = await publisher.publish(publications)
        // The others are published, and must not be once more. A batch comes again as a whole.
        const refused = new Map(
          publications.flatMap(({ of }, at) => (errors[at] === undefined ? [] : [[of, errors[at]]])),
        )
        for (const [message, error] of refused) context.fail(message, error)
      }),
    health: () => turns.take(() => publisher.probe()),
    stop: () => publisher.close(),
  }
}

/** A publication, and the message that it is of, wholly or in part. */
interface Addressed extends Publication {
  readonly of: Message
}

/** What has no channel is failed and left out. */
function publicationsOf(messages: readonly Message[], settings: Options, fail: WorkerContext['fail']): Addressed[] {
  const publications: Addressed[] = []
  for (const { message, of, part, json } of textsOf(messages, fail)) {
    try {
      publications.push({ channel: channelOf(message, settings), json, of })
    } catch (error) {
      fail(of, error, part)
    }
  }
  return publications
}

/** @throws SLUICE_PUBSUB_CHANNEL_INVALID, and what the expression throws */
function channelOf(message: Message, { channel, to }: Options): string {
  const name = channel ?? to!(message)
  if (typeof name === 'string' && name !== '') return name
  throw textError(
    'SLUICE_PUBSUB_CHANNEL_INVALID',
    `\`to\` gives a value of type ${typeof name} where a name is expected`,
  )
}
