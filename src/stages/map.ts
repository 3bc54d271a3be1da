import { z } from 'zod'
import { defineStage, type CallInfo, type MaybePromise } from '../core/component.ts'
import { configure, type ConfiguredStage } from '../core/configured.ts'
import type { Message } from '../core/message.ts'
import { fieldsHandler } from '../kit/expression/schema.ts'

/**
 * Makes the data of each message anew: `map: data.amount * 100`, or `map: { to: { id: id, cents: data.amount * 100 } }`
 * for an object of exactly these fields. From TypeScript a function, also an asynchronous one.
 *
 * Shape:  in any message, out one message with the value of `to`; order kept.
 * Demand: one for one.
 * Acks:   as the message that it gives.
 * Errors: SLUICE_EXPRESSION_FAILED, or what the function throws, fails the message.
 */
const definition = defineStage({
  name: 'map',
  summary: 'Makes a new value of each message.',
  options: z.strictObject({
    to: fieldsHandler().describe(
      'What the data becomes: one expression, or an object of expressions that gives exactly these fields.',
    ),
  }),
  short: 'to',
  create: ({ to }) => ({ map: to }),
})
export default definition

/** Makes a new value of each message: `map((payment) => ({ ...payment, euros: payment.amountMinor / 100 }))`. */
export function map<In, Out>(
  to: (data: In, message: Message<In>, call: CallInfo) => MaybePromise<Out>,
): ConfiguredStage<In, Out> {
  return configure(definition, { to })
}
