import { z } from 'zod'
import { isThenable } from '../core/call.ts'
import { defineStage, type FilterStage } from '../core/component.ts'
import { componentError } from '../kit/component-errors.ts'
import { handlerExpression } from '../kit/expression/schema.ts'

/**
 * Lets through what meets a condition: `filter: data.amountMinor > 0`. What JavaScript takes for true meets it. From
 * TypeScript a function, also an asynchronous one.
 *
 * Shape:  in any message, out the same message or nothing; order kept.
 * Demand: as any stage.
 * Acks:   what isn't let through is acked, and counted as `filtered`; with `reject` it fails.
 * Errors: SLUICE_FILTER_REJECTED (with `reject`) and SLUICE_EXPRESSION_FAILED fail the message: HTTP 422.
 */
export default defineStage({
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
