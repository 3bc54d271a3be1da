import { z } from 'zod'
import { defineStage } from '../core/component.ts'
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
export default defineStage({
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
