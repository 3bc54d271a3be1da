import { z } from 'zod'
import { defineConsumer, type OptionsOf } from '../core/component.ts'
import { configure, type ConfiguredConsumer } from '../core/configured.ts'
import { codeOption } from '../kit/code-option.ts'
import { createOutflow, isOutflowSocket, type Outflow } from '../kit/observable/outflow.ts'

const ADVICE = 'write the pipeline in TypeScript, with `observable()`'

/**
 * Gives messages to whoever subscribes, as many as are requested; from TypeScript only, for RxJS and without it:
 *
 *     const prices = observable<Price>()
 *     const pipeline = definePipeline('prices', (p) => { … p.consumer('prices', price, prices) })
 *     from(prices.values$).subscribe((price) => { show(price); prices.request() })
 *     prices.request(10)
 *
 * RxJS has no way to ask for less: `request` is that way. There is one demand, of all subscribers together, and each of
 * them gets what comes. `request(Infinity)` asks for everything.
 *
 * Shape:  in any message; `values$` gives its data, `messages$` the message.
 * Demand: `mode: request`: what nobody has requested waits, at most `maxHeld` messages of it here, then upstream.
 *         `mode: latest`: of what nobody has requested only the newest is kept, the others are dropped, counted as
 *         `superseded`. While nobody has subscribed nothing is given, whatever was requested.
 * Acks:   when every subscriber's `next` has returned; what an operator behind it does later is not waited for: what
 *         has to be done before the ack belongs into `each`.
 * Errors: a `next` that throws fails the message; of RxJS none does. SLUICE_OBSERVABLE_IN_USE fails the start.
 *         When the pipeline drains, what waits is still given as it is requested, until `stopTimeout`; with `latest` it
 *         is dropped, counted as `not-requested`. Then the observable completes; after a failure it doesn't.
 * Source: `request(n)` of Reactive Streams; `onBackpressureLatest` of RxJava.
 */
const definition = defineConsumer({
  name: 'observable',
  summary: 'Gives messages to subscribers, as many as they request.',
  options: z.strictObject({
    output: codeOption(isOutflowSocket, ADVICE).describe(
      `What code subscribes to; \`observable()\` gives it. Only code can give it: ${ADVICE}.`,
    ),
    mode: z
      .enum(['request', 'latest'])
      .default('request')
      .describe('What happens to what nobody has requested: it waits, or all but the newest is dropped and counted.'),
  }),
  holds: true,
  create: ({ output, mode }, context) => output.connect(context, mode),
})
export default definition

/** Gives messages to subscribers, as many as they request: `observable<Price>({ mode: 'latest' })`. */
export function observable<T>(
  settings: Omit<OptionsOf<typeof definition>, 'output'> = {},
): ConfiguredConsumer<T> & Outflow<T> {
  const { socket, outflow } = createOutflow<T>()
  return { ...configure<T>(definition, { ...settings, output: socket }), ...outflow }
}
