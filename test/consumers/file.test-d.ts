import { describe, expectTypeOf, test } from 'vitest'
import { definePipeline } from '../../src/config/builder.ts'
import { file } from '../../src/consumers/file.ts'
import type { ConfiguredConsumer } from '../../src/core/configured.ts'
import { iterable } from '../../src/producers/iterable.ts'

interface Payment {
  readonly merchant: string
}

describe('file', () => {
  test('takes anything where there is one file, and what its function takes where there are several', () => {
    expectTypeOf(file({ path: 'x' })).toEqualTypeOf<ConfiguredConsumer<unknown>>()
    expectTypeOf(file({ root: 'out', to: ({ merchant }: Payment) => merchant })).toEqualTypeOf<
      ConfiguredConsumer<Payment>
    >()
    definePipeline('payments', (p) => {
      const payments = p.producer('payments', iterable<Payment>([]))
      p.consumer('files', payments, file({ root: 'out', to: (payment) => payment.merchant, maxOpen: 10 }))
      // @ts-expect-error -- there is no such field
      p.consumer('wrong', payments, file({ root: 'out', to: (payment) => payment.merchnt }))
    })
  })

  test('needs one of the two', () => {
    // @ts-expect-error -- needs `to`
    file({ root: 'out' })
    // @ts-expect-error -- needs `root`
    file({ to: 'key' })
    expectTypeOf(file).parameter(0).toExtend<object>()
    // @ts-expect-error -- a path is a text
    file({ root: 'out', to: () => 1 })
    // @ts-expect-error -- there is no such option
    file({ path: 'x', rotate: { sise: '1MiB' } })
  })
})
