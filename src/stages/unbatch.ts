import { z } from 'zod'
import { defineStage } from '../core/component.ts'
import { configure, type ConfiguredStage } from '../core/configured.ts'

/**
 * Takes batches apart: the messages that `batch` has put together go on one by one, each with its own id, key, headers
 * and outcome. A stage between the two may change the values, as `map` with a whole batch does, but not how many.
 *
 * Shape:  in batches, with an array of one value per message; out these messages, with those values; order kept.
 * Demand: a batch is given as a whole, and may have up to `maxExpansion` messages.
 * Acks:   each message by itself; what was failed by itself before has its outcome, and does not go on (A12).
 * Errors: SLUICE_BATCH_LENGTH where there is not one value per message, and SLUICE_NOT_A_BATCH, fail what came in.
 */
const definition = defineStage({
  name: 'unbatch',
  summary: 'Gives the messages of a batch back, one by one.',
  options: z.strictObject({}),
  unbatches: true,
  parts: () => 1,
  create: () => ({ flatMap: (data: Iterable<unknown>) => data }),
})
export default definition

/** Gives the messages of a batch back, one by one: `unbatch()`. */
export function unbatch<T>(): ConfiguredStage<readonly T[], T> {
  return configure(definition, {})
}
