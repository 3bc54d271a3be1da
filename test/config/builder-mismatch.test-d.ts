import { describe, expectTypeOf, test } from 'vitest'
import { definePipeline } from '../../src/config/builder.ts'
import { edge, type PipelineBuilder, type Ref } from '../../src/config/builder-types.ts'
import { discard } from '../../src/consumers/discard.ts'
import { each } from '../../src/consumers/each.ts'
import { file } from '../../src/consumers/file.ts'
import { http } from '../../src/producers/http.ts'
import { batch } from '../../src/stages/batch.ts'
import { filter } from '../../src/stages/filter.ts'
import { flatMap } from '../../src/stages/flat-map.ts'
import { map } from '../../src/stages/map.ts'

interface Payment {
  readonly amountMinor: number
  readonly merchant: string
  readonly iban?: string
}

declare const p: PipelineBuilder
declare const payments: Ref<Payment>
declare const numbers: Ref<number>

describe('a mismatch is an error at the node that is wrong', () => {
  test('in a handler', () => {
    expectTypeOf(
      p.stage(
        'valid',
        payments,
        filter(() => true),
      ),
    ).toEqualTypeOf<Ref<Payment>>()
    p.stage(
      'valid',
      payments,
      // @ts-expect-error -- there is no such field
      filter((payment) => payment.amount > 0),
    )
    p.stage(
      'valid',
      payments,
      // @ts-expect-error -- a condition is true or false
      filter((payment) => payment.amountMinor),
    )
    p.stage(
      'names',
      numbers,
      // @ts-expect-error -- numbers have no fields
      map((payment) => payment.merchant),
    )
    p.consumer(
      'ledger',
      p.stage('b', payments, batch()),
      // @ts-expect-error -- a batch is a list
      each((payment) => payment.merchant),
    )
    p.stage(
      'pieces',
      payments,
      // @ts-expect-error -- not of messages, but of numbers
      flatMap((payment) => payment.amountMinor),
    )
  })

  test('between nodes', () => {
    expectTypeOf(p.consumer('ledger', payments, discard())).toEqualTypeOf<void>()
    p.consumer(
      'ledger',
      // @ts-expect-error -- takes texts
      payments,
      each((text: string) => text.length),
    )
    p.stage(
      'both',
      // @ts-expect-error -- payments and numbers have nothing in common
      [payments, numbers],
      filter(() => true),
    )
    p.producer(
      'ingress',
      // @ts-expect-error -- a stage is no producer
      filter(() => true),
    )
    // @ts-expect-error -- a consumer is no stage
    p.stage('ledger', payments, discard())
    // @ts-expect-error -- a producer gives, it takes nothing
    p.consumer('ledger', payments, http({ port: 1 }))
    // @ts-expect-error -- a name is no node
    p.consumer('ledger', 'ingress', discard())
    // @ts-expect-error -- nothing comes out of a consumer
    p.consumer('more', p.consumer('ledger', payments, discard()), discard())
    // @ts-expect-error -- it is a function that makes one
    p.consumer('ledger', payments, discard)
  })

  test('in options', () => {
    expectTypeOf(p.stage('b', payments, batch({ size: 100 }))).toEqualTypeOf<Ref<readonly Payment[]>>()
    // @ts-expect-error -- there is no such field
    p.stage('batches', payments, batch({ by: (payment) => payment.merchnt }))
    // @ts-expect-error -- an object is no key
    p.stage('batches', payments, batch({ by: (payment) => payment }))
    // @ts-expect-error -- there is no such option
    p.stage('batches', payments, batch({ sise: 100 }))
    // @ts-expect-error -- a duration has a unit
    p.stage('batches', payments, batch({ timeout: 100 }))
    // @ts-expect-error -- needs a port
    p.producer('ingress', http({}))
    // @ts-expect-error -- needs a path
    p.consumer('ledger', payments, file({}))
    p.stage(
      'valid',
      payments,
      // @ts-expect-error -- there is no such option
      filter(() => true, { rejct: true }),
    )
  })

  test('in settings', () => {
    expectTypeOf(p.consumer('ledger', payments, discard(), { concurrency: 8 })).toEqualTypeOf<void>()
    p.stage(
      'valid',
      payments,
      filter(() => true),
      // @ts-expect-error -- there is no such field
      { key: (payment) => payment.merchnt },
    )
    p.stage(
      'a',
      payments,
      map(() => 1),
      // @ts-expect-error -- it divides what comes out, which are numbers
      { dispatch: { partition: { by: (n) => n.merchant, count: 2 } } },
    )
    // @ts-expect-error -- an object is no key
    p.consumer('ledger', payments, discard(), { key: (payment) => payment })
    p.stage(
      'valid',
      payments,
      filter(() => true),
      // @ts-expect-error -- there is no such setting
      { concurency: 8 },
    )
    // @ts-expect-error -- a producer has no calls to have several of
    p.producer('ingress', http<Payment>({ port: 1 }), { concurrency: 8 })
    // @ts-expect-error -- nothing comes out of a consumer
    p.consumer('ledger', payments, discard(), { dispatch: 'demand' })
    p.stage(
      'valid',
      payments,
      filter(() => true),
      // @ts-expect-error -- is a setting of a producer
      { maxUnacked: 5 },
    )
    // @ts-expect-error -- an edge refuses nothing: only doors do
    p.consumer('ledger', edge(payments, { whenFull: 'reject' }), discard())
    // @ts-expect-error -- there is no such setting of an overflow
    p.consumer('ledger', payments, discard(), { overflow: { limits: '1GiB' } })
    // @ts-expect-error -- what is durable stores everything
    p.producer('door', http({ port: 1 }), { durable: { mode: 'spill' } })
    // @ts-expect-error -- there is no such setting of a pipeline
    definePipeline('payments', () => {}, { stopTimout: '5s' })
  })
})
