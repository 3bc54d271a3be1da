import { z } from 'zod'
import { defineProducer, type OptionsOf } from '../core/component.ts'
import { configure, type ConfiguredProducer } from '../core/configured.ts'
import { codeOption } from '../kit/code-option.ts'
import { isObservableLike, type ObservableLike } from '../kit/observable/observable-like.ts'
import { SourceRun, WHEN_FULL } from '../kit/observable/source-run.ts'
import { queueOptions } from '../kit/queue-options.ts'

const ADVICE =
  'write the pipeline in TypeScript, with `observable()`; from outside of the process, messages come by `http`'

type Maker<T> = () => ObservableLike<T>

/**
 * Gives what an observable emits, of RxJS or any other library whose observables have `subscribe`; from TypeScript only:
 *
 *     observable(price$, { whenFull: 'drop-oldest', queue: { messages: 1_000 } })
 *     observable(() => fromEvent(socket, 'price'), { whenFull: 'error' })
 *
 * An observable can't be asked for less: what comes beyond demand waits in `queue`, and `whenFull`, which has no default,
 * says what becomes of what finds it full. `error`: the observable is unsubscribed from, and the pipeline fails once
 * what came before has been delivered. `drop-newest` and `drop-oldest`: dropped, counted as `queue-full`. `overflow`: all
 * that comes is stored (`durable: true` beside it says where); where the store can't keep up either, as `error`. What
 * beyond `maxUnacked` has no room is refused with any of them: with `error` and `overflow` the same, else counted as
 * `rejected`.
 *
 * Shape:  out a message per value, in order; ends when the observable completes.
 * Demand: subscribes when the pipeline first asks, once per run; a function gives a new one for each run.
 * Acks:   nobody can be told: what fails is reported, and the process ends with 65.
 * Errors: SLUICE_OBSERVABLE_FAILED, when the observable emits an error or throws, and SLUICE_OBSERVABLE_FULL end the
 *         pipeline, once what came before has its outcome. SLUICE_OBSERVABLE_NOT_DURABLE fails the check. When the
 *         pipeline stops, the observable is unsubscribed from first; what it has emitted is still given out (A7).
 * Source: the Observable of RxJS; its issue 71, in which lossless back-pressure was declined.
 */
const definition = defineProducer({
  name: 'observable',
  summary: 'Gives what an observable emits, with a policy for what is too much.',
  options: z.strictObject({
    source: codeOption(isSource, ADVICE)
      .transform((source): Maker<unknown> => (typeof source === 'function' ? source : () => source))
      .describe(
        `An observable, or a function that gives one, which is called at each start. Only code can give it: ${ADVICE}.`,
      ),
    queue: queueOptions.queue,
    whenFull: z
      .enum(WHEN_FULL)
      .describe(
        'What happens when the queue is full: the pipeline fails, the newest or the oldest is dropped and counted, or, with `durable` beside it, everything is stored.',
      ),
  }),
  guarantee: ({ whenFull }) =>
    whenFull === 'overflow' ? 'emitted = on its way to the store' : 'emitted = in memory, lost on a crash',
  create: ({ source, ...settings }, context) => {
    const run = new SourceRun(source, settings, context)
    return {
      queue: run.queue,
      handleDemand: () => run.handleDemand(),
      settle: (acked, failed) => run.settle(acked, failed),
      drain: () => run.drain(),
      stop: () => run.stop(),
    }
  },
})
export default definition

/** Gives what an observable emits: `observable(price$, { whenFull: 'drop-oldest' })`. */
export function observable<T>(
  source: ObservableLike<T> | Maker<T>,
  settings: Omit<OptionsOf<typeof definition>, 'source'>,
): ConfiguredProducer<T> {
  return configure(definition, { ...settings, source })
}

function isSource(value: unknown): value is ObservableLike<unknown> | Maker<unknown> {
  return typeof value === 'function' || isObservableLike(value)
}
