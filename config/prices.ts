/**
 * Prices that come as they like, from an observable of RxJS: a pipeline that takes what it can, and shows one price per
 * symbol and second.
 *
 *     npm install rxjs
 *     sluice run config/prices.ts
 *
 * `observable` has to be told what happens to what is too much: old prices are worth nothing, so the oldest go. `rx` has
 * operators that take their time from the pipeline's clock; what they leave out is counted (`superseded`).
 */
import { groupBy, interval, map, mergeMap, throttleTime } from 'rxjs'
import { definePipeline } from 'sluice'
import { stdout } from 'sluice/consumers'
import { observable } from 'sluice/producers'
import { rx } from 'sluice/stages'

interface Price {
  readonly symbol: string
  readonly cents: number
}

/** A hot source, as a socket is: nobody can ask it for less. */
const price$ = interval(10).pipe(
  map((n): Price => ({ symbol: `STOCK-${n % 3}`, cents: 10_000 + Math.round(500 * Math.sin(n / 50)) })),
)

export default definePipeline('prices', (p) => {
  const prices = p.producer('prices', observable(price$, { whenFull: 'drop-oldest', queue: { messages: 1_000 } }))
  const perSecond = p.stage(
    'per-second',
    prices,
    rx(
      (messages$, { scheduler }) =>
        messages$.pipe(
          groupBy(({ data }) => data.symbol),
          mergeMap((ofSymbol$) => ofSymbol$.pipe(throttleTime(1_000, scheduler))),
        ),
      // What a throttle doesn't let through at once never comes out.
      { keep: 0 },
    ),
  )
  const shown = p.stage(
    'shown',
    perSecond,
    rx((messages$) =>
      messages$.pipe(map((message) => message.with({ ...message.data, euros: message.data.cents / 100 }))),
    ),
  )
  p.consumer('console', shown, stdout())
})
