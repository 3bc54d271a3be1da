import { z } from 'zod'
import { defineStage, type CallInfo, type FlatMapStage, type MaybePromise } from '../core/component.ts'
import { configure, type ConfiguredStage } from '../core/configured.ts'
import type { Message } from '../core/message.ts'
import { handlerExpression } from '../kit/expression/schema.ts'

/**
 * Makes several messages of each, or none: `flat-map: data.items` gives a message per item. From TypeScript a function
 * that gives an array or an iterable, also an asynchronous one, also a generator function.
 *
 * Shape:  in any message, out one message per value of `to`; order kept.
 * Demand: an array is given as a whole, and may have up to `maxExpansion` values; an iterable is pulled as fast as it is
 *         asked for, and may have no end (D4).
 * Acks:   when all that a message has become is acked; a message that becomes nothing is acked, and counted as
 *         `filtered`.
 * Errors: SLUICE_HANDLER_BAD_RETURN, for what is neither array nor iterable (a missing field too: where that means
 *         none, write `coalesce(data.items, [])`), SLUICE_EXPANSION_TOO_LARGE, SLUICE_EXPRESSION_FAILED, or what the
 *         function throws, fails the message.
 * Source: Array.prototype.flatMap.
 */
const definition = defineStage({
  name: 'flat-map',
  summary: 'Makes several messages of each, or none.',
  options: z.strictObject({
    to: handlerExpression().describe('An array; each of its values becomes a message.'),
  }),
  short: 'to',
  // Whatever it gives: the kernel fails a message that becomes something else.
  create: ({ to }) => ({ flatMap: to as FlatMapStage['flatMap'] }),
})
export default definition

/** Makes several messages of each, or none: `flatMap((order) => order.lines)`. */
export function flatMap<In, Out>(
  to: (data: In, message: Message<In>, call: CallInfo) => MaybePromise<Iterable<Out>>,
): ConfiguredStage<In, Out> {
  return configure(definition, { to })
}
