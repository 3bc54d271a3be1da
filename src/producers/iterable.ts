import { z } from 'zod'
import { defineProducer, type MaybePromise } from '../core/component.ts'
import { configure, type ConfiguredProducer } from '../core/configured.ts'
import type { Message } from '../core/message.ts'
import { isValues, pullOf, type Pull, type Values } from '../kit/pull/pull.ts'

/** What the function that gives an iterable is told of the run. */
export interface IterableRun {
  /** Aborts when the pipeline begins to stop: nothing more is pulled. */
  readonly signal: AbortSignal
}

type Maker<T> = (run: IterableRun) => MaybePromise<Values<T>>
type ValuesOrMaker<T> = Values<T> | Maker<T>

/** Gives a function in any case: what is in a user's list is not for a config to look into, or to freeze. */
function values(): z.ZodType<Maker<unknown>, ValuesOrMaker<unknown>> {
  const schema = z.custom<ValuesOrMaker<unknown>>((value) => typeof value === 'function' || isValues(value), {
    error: 'expected a list, or from TypeScript an iterable, or a function that gives one',
  })
  schema._zod.toJSONSchema = () => ({ type: 'array', items: {} })
  return schema.transform((value) => (typeof value === 'function' ? value : () => value))
}

/**
 * Gives values that are there already, or that an iterator makes: `iterable: [1, 2, 3]`. From TypeScript any iterable or
 * asynchronous one, as a generator, a readable stream or the rows of a query; or a function that gives one, also later,
 * which is called at each start and has a `signal` that aborts when the pipeline begins to stop.
 *
 * Shape:  out a message per value, in order; ends with the iterator.
 * Demand: pulled by what is asked for, never ahead; of an asynchronous iterator one `next()` is under way at most, and
 *         what has come is given when the event loop turns, however much more was asked for.
 * Acks:   nobody can be told: what fails is reported, and the process ends with 65.
 * Errors: SLUICE_ITERABLE_FAILED, when the iterator throws, rejects, or is none, and SLUICE_ITERABLE_USED end the
 *         pipeline. When it stops, `return()` is called, and a `next()` under way is waited for, for a second: what it
 *         brings is still given out (A7). A value that comes later is lost, counted as `late_values` and logged.
 * Source: `for await`; Readable.from.
 */
const definition = defineProducer({
  name: 'iterable',
  summary: 'Gives the values of a list or an iterator.',
  options: z.strictObject({
    values: values().describe('A list. From TypeScript an iterable, or a function that gives one.'),
  }),
  short: 'values',
  create: ({ values: make }, context) => {
    const controller = new AbortController()
    const { signal } = controller
    let pull: Pull | undefined
    return {
      handleDemand: (count): MaybePromise<readonly Message[]> => {
        pull ??= pullOf(() => make({ signal }), context)
        return pull.give(count)
      },
      drain: () => {
        controller.abort()
        pull?.drain()
      },
      stop: () => {
        controller.abort()
        return pull?.stop()
      },
    }
  },
})
export default definition

/** Gives the values of an iterable: `iterable(rows)`, `iterable(async function* ({ signal }) { … })`. */
export function iterable<T>(given: ValuesOrMaker<T>): ConfiguredProducer<T> {
  return configure(definition, { values: given })
}
