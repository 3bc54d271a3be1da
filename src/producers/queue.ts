import { z } from 'zod'
import { defineProducer, type OptionsOf } from '../core/component.ts'
import { configure, type ConfiguredProducer } from '../core/configured.ts'
import { codeOption } from '../kit/code-option.ts'
import { createFeed, isFeedSocket, type Feed } from '../kit/feed/feed.ts'
import { ingressQueue, queueOptions } from '../kit/queue-options.ts'

const ADVICE = 'write the pipeline in TypeScript, with `queue()`; from outside of the process, messages come by `http`'

/**
 * Takes messages that code gives it, in TypeScript:
 *
 *     const orders = queue<Order>({ queue: { messages: 1_000 } })
 *     const pipeline = definePipeline('shop', (p) => { const order = p.producer('orders', orders) … })
 *     orders.offer(order)                          // at once: whether it was taken
 *     const ticket = await orders.push(order)      // waits for room, then: it is admitted
 *     const { outcome } = await ticket.done        // acked or failed, and why
 *
 * Shape:  out a message per value, in the order in which they were taken, with the details that were given.
 * Demand: what comes waits in `queue` until it is asked for; when that is full, `offer` says no and `push` waits, first
 *         come, first served. With `drop-newest` or `drop-oldest` all is taken, and what there is no room for is dropped.
 * Acks:   the ticket of a `push` tells the outcome; that of other messages is told to nobody.
 * Errors: SLUICE_QUEUE_NOT_STARTED, SLUICE_QUEUE_ENDED, SLUICE_QUEUE_STOPPED (also to pushes that wait when the pipeline
 *         stops), SLUICE_QUEUE_FULL, when `waiting` pushes wait, and SLUICE_QUEUE_TOO_LARGE are told to whoever gives.
 *         SLUICE_QUEUE_IN_USE fails the start.
 * Source: the writer of a WritableStream; GenStage's buffers.
 */
const definition = defineProducer({
  name: 'queue',
  summary: 'Takes messages that code gives it.',
  options: z.strictObject({
    feed: codeOption(isFeedSocket, ADVICE).describe(
      `What code feeds it by; \`queue()\` gives it. Only code can give it: ${ADVICE}.`,
    ),
    ...queueOptions,
    waiting: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(10_000)
      .describe('Most pushes that wait for room; a `push` beyond that rejects.'),
  }),
  outcomes: true,
  keyed: () => true,
  guarantee: () => 'push resolved = in memory; its ticket says when it is delivered',
  create: (settings, context) => {
    const { feed, waiting } = settings
    return feed.connect(context, { queue: ingressQueue(settings), waiting })
  },
})
export default definition

/** A producer that code feeds, and what it is fed by. */
export function queue<T>(settings: Omit<OptionsOf<typeof definition>, 'feed'> = {}): ConfiguredProducer<T> & Feed<T> {
  const { socket, feed } = createFeed<T>()
  return { ...configure<T>(definition, { ...settings, feed: socket }), ...feed }
}
