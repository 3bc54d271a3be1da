import { bufferCount, map, type Observable } from 'rxjs'
import { expectTypeOf, test } from 'vitest'
import type { PipelineBuilder, Ref } from '../../src/config/builder-types.ts'
import type { Message } from '../../src/core/message.ts'
import { rx } from '../../src/stages/rx.ts'

interface Price {
  readonly cents: number
}

declare const p: PipelineBuilder
declare const price: Ref<Price>

test('rx: types flow through the operators', () => {
  const texts = p.stage(
    'texts',
    price,
    rx((messages$) => {
      expectTypeOf(messages$).toEqualTypeOf<Observable<Message<Price>>>()
      return messages$.pipe(map((message) => message.with(String(message.data.cents))))
    }),
  )
  expectTypeOf(texts).toEqualTypeOf<Ref<string>>()
  const sums = p.stage(
    'sums',
    price,
    rx((messages$, { derive }) =>
      messages$.pipe(
        bufferCount(2),
        map((messages) => derive(messages.length, messages)),
      ),
    ),
  )
  expectTypeOf(sums).toEqualTypeOf<Ref<number>>()
  // @ts-expect-error -- messages come out, not their data
  rx((messages$: Observable<Message<Price>>) => messages$.pipe(map(({ data }) => data)))
})
