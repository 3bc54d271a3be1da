import { defineProducer, type OptionsOf } from '../core/component.ts'
import { configure, type ConfiguredProducer } from '../core/configured.ts'
import { Draining } from '../overflow/pair/draining.ts'
import { drainingOptions, placeOf } from '../overflow/pair/options.ts'

/**
 * Delivers what a consumer `overflow` of the same name has stored, in order: in this pipeline's process, or in another one
 * before. Messages keep their id, key, headers, time, priority, deadline and attempt.
 *
 * What failed comes again after a pause, with one attempt more, for there is nobody else to give it to; it may come behind
 * what was stored after it. What had no outcome, or one that was not written down yet (50 ms or 1,000 outcomes), when the
 * process ended comes first at the next start. With `until: empty` what fails after the last message has been given waits
 * for the next start as well.
 *
 * Shape:  out the messages that were stored.
 * Demand: gives what is asked for, and waits for more to be stored.
 * Acks:   what was delivered is committed, and given back to the store; what is missing or damaged is told by its number,
 *         counted as `lost`, and passed over.
 * Errors: SLUICE_OVERFLOW_IN_USE where another node drains it, and what opening the store says, as SLUICE_LOG_LOCKED; of
 *         the place is what reading it says, as SLUICE_LOG_READ_FAILED, and it is tried again.
 */
const definition = defineProducer({
  name: 'overflow',
  summary: 'Delivers what a consumer `overflow` has stored, in order.',
  options: drainingOptions,
  io: true,
  keyed: () => true,
  exclusive: (options) => `the draining of ${placeOf(options).bound.exclusive}`,
  create: (options, context) => {
    const draining = new Draining(options, context)
    return {
      open: () => draining.open(),
      handleDemand: (count, call) => draining.handleDemand(count, call),
      settle: (acked, failed) => draining.settle(acked, failed),
      stop: () => draining.stop(),
    }
  },
})
export default definition

/** Delivers what `overflow` of `sluice/consumers` has stored: `overflow<Payment>({ name: 'payments' })`. */
export function overflow<T = unknown>(settings: OptionsOf<typeof definition>): ConfiguredProducer<T> {
  return configure(definition, settings)
}
