import { z } from 'zod'
import { isThenable } from '../core/call.ts'
import { defineStage, type CallInfo, type FilterStage, type MaybePromise, type OptionsOf } from '../core/component.ts'
import { configure, type ConfiguredStage } from '../core/configured.ts'
import type { Message } from '../core/message.ts'
import { componentError } from '../kit/component-errors.ts'
import { handlerExpression, type HandlerInput } from '../kit/expression/schema.ts'

/**
 * Lets through what meets a condition: `filter: data.amountMinor > 0`. What JavaScript takes for true meets it. From
 * TypeScript a function, also an asynchronous one.
 *
 * Shape:  in any message, out the same message or nothing; order kept.
 * Demand: as any stage.
 * Acks:   what isn't let through is acked, and counted as `filtered`; with `reject` it fails.
 * Errors: SLUICE_FILTER_REJECTED (with `reject`) and SLUICE_EXPRESSION_FAILED fail the message: HTTP 422.
 */
const definition = defineStage({
  name: 'filter',
  summary: 'Lets through what meets a condition.',
  options: z.strictObject({
    when: handlerExpression().describe('Which messages go on.'),
    reject: z
      .boolean()
      .default(false)
      .describe('Whether the others fail, so that their producer is told, instead of being dropped.'),
  }),
  short: 'when',
  create: ({ when, reject }, { node, fail }) => {
    // Whatever it gives: the kernel lets through what JavaScript takes for true.
    if (!reject) return { filter: when as FilterStage['filter'] }
    // One error for all: it says the same each time, and a stack of each would cost more than the filter. It doesn't
    // say the condition, because senders are told of it, and a condition may be nobody else's affair.
    const rejected = componentError('SLUICE_FILTER_REJECTED', `the message does not meet the condition of ${node}`)
    const decideLater = async (answer: PromiseLike<unknown>): Promise<boolean> => {
      if (await answer) return true
      throw rejected
    }
    return {
      filter: (data: never, message, call) => {
        const answer = when(data, message, call)
        if (isThenable(answer)) return decideLater(answer)
        if (answer) return true
        fail(message, rejected)
        return false
      },
    }
  },
})
export default definition

type Options = Omit<OptionsOf<typeof definition>, 'when'>

/**
 * Lets through what meets a condition: `filter((payment) => payment.amountMinor > 0, { reject: true })`. A condition
 * that tells a type narrows it: `filter((payment) => payment.iban !== undefined)`.
 */
export function filter<In, Out extends In>(
  when: (data: In, message: Message<In>, call: CallInfo) => data is Out,
  options?: Options,
): ConfiguredStage<In, Out>
export function filter<In>(
  when: (data: In, message: Message<In>, call: CallInfo) => MaybePromise<boolean>,
  options?: Options,
): ConfiguredStage<In, In>
export function filter<In>(when: HandlerInput, options: Options = {}): ConfiguredStage<In, In> {
  return configure(definition, { ...options, when })
}
