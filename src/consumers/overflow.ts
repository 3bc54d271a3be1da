import { defineConsumer, type OptionsOf } from '../core/component.ts'
import { configure, type ConfiguredConsumer } from '../core/configured.ts'
import { Filling } from '../overflow/pair/filling.ts'
import { fillingOptions, placeOf } from '../overflow/pair/options.ts'

/**
 * Stores messages durably, in order, for a producer `overflow` of the same name: in this pipeline's process, or in another
 * one later. What is stored counts as delivered here; it is the drain's to deliver.
 *
 * One process has an overflow at a time; in it the two may be nodes of two pipelines. In a file, `overflow` of a consumer
 * that names no other component is this one if a `name` is in it; else it is the setting.
 *
 * Shape:  in any message with data that JSON can say, with marks for bytes, dates, maps and the like; of a batch its parts
 *         are stored one by one, each with its id and its key.
 * Demand: as any consumer; while the store has reached `limit` nothing is taken, so that whoever gives is slowed down.
 * Acks:   when the store has confirmed the message (A6, A8), at its `durability`.
 * Errors: SLUICE_OVERFLOW_NOT_JSON, SLUICE_OVERFLOW_TOO_LARGE and SLUICE_BATCH_LENGTH fail the message or part. Of the
 *         place are SLUICE_OVERFLOW_FULL, SLUICE_OVERFLOW_OWNER_LOST, after which it is opened again, and what opening the
 *         store says, as SLUICE_LOG_LOCKED. What fails for a while is tried again, and told in the log.
 */
const definition = defineConsumer({
  name: 'overflow',
  summary: 'Stores messages durably, for a producer that drains them.',
  options: fillingOptions,
  io: true,
  exclusive: (options) => `the filling of ${placeOf(options).bound.exclusive}`,
  create: (options, context) => {
    const filling = new Filling(options, context)
    return {
      open: () => filling.open(),
      handle: (messages, call) => filling.handle(messages, call),
      health: () => filling.health(),
      stop: () => filling.stop(),
    }
  },
})
export default definition

/** Stores messages for `overflow` of `sluice/producers`: `overflow({ name: 'payments', limit: '1GiB' })`. */
export function overflow(settings: OptionsOf<typeof definition>): ConfiguredConsumer<unknown> {
  return configure(definition, settings)
}
