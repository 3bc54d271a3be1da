import { firstValueFrom, from, type Observable } from 'rxjs'
import { expectTypeOf, test } from 'vitest'
import type { PipelineBuilder, Ref } from '../../src/config/builder-types.ts'
import { observable } from '../../src/consumers/observable.ts'
import type { Message } from '../../src/core/message.ts'

interface Price {
  readonly cents: number
}

declare const p: PipelineBuilder
declare const price: Ref<Price>
declare const text: Ref<string>

test('observable: RxJS knows what it gives', () => {
  const prices = observable<Price>({ mode: 'latest' })
  p.consumer('prices', price, prices)
  // @ts-expect-error -- it takes prices
  p.consumer('texts', text, prices)
  expectTypeOf(from(prices.values$)).toEqualTypeOf<Observable<Price>>()
  expectTypeOf(from(prices.messages$)).toEqualTypeOf<Observable<Message<Price>>>()
  expectTypeOf(firstValueFrom(from(prices.values$))).resolves.toEqualTypeOf<Price>()
  prices.values$.subscribe(({ cents }) => expectTypeOf(cents).toEqualTypeOf<number>())
  prices.values$.subscribe({ next: ({ cents }) => expectTypeOf(cents).toEqualTypeOf<number>() })
  // @ts-expect-error -- there is no such mode
  observable({ mode: 'all' })
})
