import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import {
  edge,
  type ConsumerSettings,
  type DeadLettersSettings,
  type EdgeSettings,
  type PipelineBuilder,
  type PipelineSettings,
  type ProducerSettings,
  type Ref,
  type StageSettings,
} from '../../src/config/builder-types.ts'
import type { nodeSettings, pipelineSettings, SettingOf } from '../../src/config/settings.ts'
import { discard } from '../../src/consumers/discard.ts'
import { each } from '../../src/consumers/each.ts'
import type { CallInfo } from '../../src/core/component.ts'
import type { Letter } from '../../src/core/letter.ts'
import type { Message } from '../../src/core/message.ts'
import { generate } from '../../src/producers/generate.ts'
import { http } from '../../src/producers/http.ts'
import { stdin } from '../../src/producers/stdin.ts'
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
declare const settings: { readonly port: number }

describe('types of data flow', () => {
  test('from a producer through stages to a consumer', () => {
    const ingress = p.producer('ingress', http<Payment>({ port: 8080 }))
    expectTypeOf(ingress).toEqualTypeOf<Ref<Payment>>()
    const valid = p.stage(
      'valid',
      ingress,
      filter((payment) => payment.amountMinor > 0, { reject: true }),
    )
    expectTypeOf(valid).toEqualTypeOf<Ref<Payment>>()
    const amounts = p.stage(
      'amounts',
      valid,
      map((payment) => payment.amountMinor / 100),
    )
    expectTypeOf(amounts).toEqualTypeOf<Ref<number>>()
    const pieces = p.stage(
      'pieces',
      amounts,
      flatMap((amount) => [String(amount), 'EUR']),
    )
    expectTypeOf(pieces).toEqualTypeOf<Ref<string>>()
    const batches = p.stage('batches', valid, batch({ size: 100, by: (payment) => payment.merchant }))
    expectTypeOf(batches).toEqualTypeOf<Ref<readonly Payment[]>>()
    p.consumer(
      'ledger',
      batches,
      each((batched) => expectTypeOf(batched).toEqualTypeOf<readonly Payment[]>()),
    )
  })

  test('to the message and the call', () => {
    p.stage(
      'seen',
      payments,
      map((_, message, call) => {
        expectTypeOf(message).toEqualTypeOf<Message<Payment>>()
        expectTypeOf(call).toEqualTypeOf<CallInfo>()
      }),
    )
  })

  test('through promises', () => {
    expectTypeOf(
      p.stage(
        'a',
        payments,
        map(async (payment) => payment.merchant),
      ),
    ).toEqualTypeOf<Ref<string>>()
    expectTypeOf(
      p.stage(
        'b',
        payments,
        filter(async (payment) => payment.amountMinor > 0),
      ),
    ).toEqualTypeOf<Ref<Payment>>()
    expectTypeOf(
      p.stage(
        'c',
        payments,
        flatMap(async ({ merchant }) => [merchant]),
      ),
    ).toEqualTypeOf<Ref<string>>()
  })

  test('narrower where a filter tells a type', () => {
    const ibans = p.stage(
      'ibans',
      payments,
      map(({ iban }) => iban),
    )
    expectTypeOf(ibans).toEqualTypeOf<Ref<string | undefined>>()
    expectTypeOf(
      p.stage(
        'known',
        ibans,
        filter((iban) => iban !== undefined),
      ),
    ).toEqualTypeOf<Ref<string>>()
    const isLong = (iban: string | undefined): iban is string => (iban?.length ?? 0) > 20
    expectTypeOf(p.stage('long', ibans, filter(isLong))).toEqualTypeOf<Ref<string>>()
  })

  test('from the options of a producer', () => {
    expectTypeOf(p.producer('a', http(settings))).toEqualTypeOf<Ref<unknown>>()
    expectTypeOf(p.producer('b', stdin())).toEqualTypeOf<Ref<unknown>>()
    expectTypeOf(p.producer('c', stdin<Payment>())).toEqualTypeOf<Ref<Payment>>()
    expectTypeOf(p.producer('d', stdin({ format: 'lines' }))).toEqualTypeOf<Ref<string>>()
    expectTypeOf(p.producer('e', generate({ rate: 5 }))).toEqualTypeOf<Ref<{ readonly index: number }>>()
    expectTypeOf(p.producer('f', generate({ data: ({ random }) => random }))).toEqualTypeOf<Ref<number>>()
    expectTypeOf(p.producer('g', generate({ template: { merchant: 'm' } }))).toEqualTypeOf<Ref<{ merchant: string }>>()
  })

  test('together from several nodes, whose data may be more than is needed', () => {
    const more = p.stage(
      'more',
      payments,
      map((payment) => ({ ...payment, euros: payment.amountMinor / 100 })),
    )
    expectTypeOf(
      p.stage(
        'both',
        [payments, more],
        filter(() => true),
      ),
    ).toEqualTypeOf<Ref<Payment>>()
    expectTypeOf(
      p.stage(
        'all',
        [edge(more, { demand: 5 }), payments],
        filter(() => true),
      ),
    ).toEqualTypeOf<Ref<Payment>>()
    const any: Ref<unknown>[] = [payments, numbers]
    p.consumer('nowhere', any, discard())
    const either = p.stage<Payment | number, string>(
      'either',
      [payments, numbers],
      map((data) => typeof data),
    )
    expectTypeOf(either).toEqualTypeOf<Ref<string>>()
  })

  test('through functions that add several nodes, and from what nobody knows by a check', () => {
    const checked = <T>(from: Ref<unknown>, isRight: (data: unknown) => data is T) =>
      p.stage('checked', from, filter(isRight, { reject: true }))
    const isPayment = (data: unknown): data is Payment => typeof data === 'object'
    expectTypeOf(checked(p.producer('door', http(settings)), isPayment)).toEqualTypeOf<Ref<Payment>>()
    const slowly = <T>(from: Ref<T>) => p.stage('slowly', edge(from, { demand: 1 }), batch({ size: 1 }))
    expectTypeOf(slowly(payments)).toEqualTypeOf<Ref<readonly Payment[]>>()
  })

  test('into the consumer of dead letters', () => {
    p.deadLetters(discard())
    p.deadLetters(each(async (letter) => expectTypeOf(letter).toEqualTypeOf<Letter>()))
    p.deadLetters(
      each((letter: Letter) => letter.node),
      { keep: 'original', retry: 3 },
    )
    // @ts-expect-error -- letters are no payments
    p.deadLetters(each((payment: Payment) => payment.amountMinor))
  })

  test('into settings: key, partition', () => {
    p.producer('ingress', http<Payment>({ port: 1 }), { key: (payment) => payment.merchant })
    p.stage(
      'amounts',
      payments,
      map(({ amountMinor }) => amountMinor),
      {
        key: (payment, message) => {
          expectTypeOf(payment).toEqualTypeOf<Payment>()
          expectTypeOf(message).toEqualTypeOf<Message<Payment>>()
          return payment.merchant
        },
        dispatch: { partition: { by: (amount) => amount % 2, count: 2 } },
      },
    )
    p.consumer('ledger', payments, discard(), { key: (payment) => payment.merchant, concurrency: 8 })
  })
})

describe('settings are those of a file', () => {
  type Written = z.input<typeof nodeSettings>

  test('of each kind of node', () => {
    expectTypeOf<keyof ProducerSettings<Payment>>().toEqualTypeOf<SettingOf<'producer'>>()
    expectTypeOf<keyof StageSettings<Payment, Payment> | 'from'>().toEqualTypeOf<SettingOf<'stage'>>()
    expectTypeOf<keyof ConsumerSettings<Payment> | 'from'>().toEqualTypeOf<SettingOf<'consumer'>>()
  })

  test('with values of the same types', () => {
    type Shared<S> = Omit<S, 'key' | 'dispatch'>
    type Stage = Shared<StageSettings<Payment, Payment>>
    type Producer = Shared<ProducerSettings<Payment>>
    expectTypeOf<Stage>().toExtend<Pick<Written, keyof Stage>>()
    expectTypeOf<Pick<Written, keyof Stage>>().toExtend<Stage>()
    expectTypeOf<Producer>().toExtend<Pick<Written, keyof Producer>>()
    expectTypeOf<Pick<Written, keyof Producer>>().toExtend<Producer>()
  })

  test('of where dead letters go', () => {
    type Keep = Exclude<NonNullable<z.input<typeof pipelineSettings>['deadLetters']>, boolean>['keep']
    type Others = Omit<DeadLettersSettings, 'keep'>
    expectTypeOf<DeadLettersSettings['keep']>().toEqualTypeOf<Keep>()
    expectTypeOf<Others>().toExtend<Pick<Written, keyof Others>>()
  })

  test('of edges and pipelines', () => {
    type WrittenEdge = NonNullable<Exclude<Written['from'], string | readonly string[]>[string]>
    // A program says by `p.deadLetters` where they go.
    type WrittenPipeline = Omit<z.input<typeof pipelineSettings>, 'pipeline' | 'plugins' | 'deadLetters'>
    expectTypeOf<keyof EdgeSettings>().toEqualTypeOf<keyof WrittenEdge>()
    expectTypeOf<EdgeSettings>().toExtend<WrittenEdge>()
    expectTypeOf<WrittenEdge>().toExtend<EdgeSettings>()
    expectTypeOf<keyof PipelineSettings>().toEqualTypeOf<keyof WrittenPipeline>()
    expectTypeOf<PipelineSettings>().toExtend<WrittenPipeline>()
    expectTypeOf<WrittenPipeline>().toExtend<PipelineSettings>()
  })
})
