import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import type { PipelineBuilder, Ref } from '../../src/config/builder-types.ts'
import { defineConsumer, defineProducer, defineStage } from '../../src/core/component.ts'
import { configure, use, type ConfiguredStage } from '../../src/core/configured.ts'
import type { Message } from '../../src/core/message.ts'
import { http } from '../../src/producers/http.ts'

interface Payment {
  readonly amountMinor: number
  readonly merchant: string
  readonly iban?: string
}

declare const p: PipelineBuilder
declare const payments: Ref<Payment>
declare const numbers: Ref<number>

const options = z.strictObject({ fields: z.array(z.string()), mark: z.string().default('***') })
const redact = defineStage({
  name: 'redact',
  summary: 'Blanks fields.',
  options,
  create: ({ fields, mark }) => ({
    map: (data: Record<string, unknown>) => ({
      ...data,
      ...Object.fromEntries(fields.map((field): [string, unknown] => [field, mark])),
    }),
  }),
})
const none = z.strictObject({})

describe('use', () => {
  test('takes the types of data from the handlers', () => {
    const loose = p.producer('loose', http<Record<string, unknown>>({ port: 1 }))
    const blank = p.stage('blank', loose, use(redact, { fields: ['iban'] }))
    expectTypeOf(blank).toEqualTypeOf<Ref<{ [x: string]: unknown }>>()
    const tag = defineStage({
      name: 'tag',
      summary: 'Tags.',
      options: none,
      create: () => ({
        handle: (messages: readonly Message<Payment>[]) => messages.map((each) => each.with({ ...each.data, tag: 1 })),
      }),
    })
    const tagged = p.stage('tagged', payments, use(tag))
    expectTypeOf(tagged).toExtend<Ref<Payment & { tag: number }>>()
    const large = defineStage({
      name: 'large',
      summary: 'Large ones.',
      options: none,
      create: () => ({ filter: (payment: Payment) => payment.amountMinor > 1000 }),
    })
    expectTypeOf(p.stage('large', payments, use(large))).toEqualTypeOf<Ref<Payment>>()
    const split = defineStage({
      name: 'split',
      summary: 'Splits.',
      options: none,
      create: () => ({ flatMap: async (text: string) => text.split(' ') }),
    })
    expectTypeOf(use(split)).toEqualTypeOf<ConfiguredStage<string, string>>()
    const show = defineConsumer({
      name: 'show',
      summary: 'Shows.',
      options: none,
      create: () => ({ each: async (payment: Payment) => void payment.merchant }),
    })
    p.consumer('show', tagged, use(show))
    // @ts-expect-error -- numbers are no payments
    p.consumer('show', numbers, use(show))
    const ticks = defineProducer({
      name: 'ticks',
      summary: 'Ticks.',
      options: none,
      create: (_, { message }) => ({ handleDemand: () => [message({ tick: 1 })] }),
    })
    expectTypeOf(p.producer('ticks', use(ticks))).toEqualTypeOf<Ref<{ tick: number }>>()
  })

  test('lets handlers that name no type take any', () => {
    const pass = defineStage({
      name: 'pass',
      summary: 'Passes.',
      options: none,
      create: () => ({ handle: (messages) => messages }),
    })
    expectTypeOf(p.stage('passed', payments, use(pass))).toEqualTypeOf<Ref<unknown>>()
  })

  test('needs the options that have no default', () => {
    expectTypeOf(use(redact, { fields: [] })).toExtend<ConfiguredStage<never, unknown>>()
    // @ts-expect-error -- `fields` is missing
    use(redact)
    // @ts-expect-error -- it is a list of texts
    use(redact, { fields: 'iban' })
    // @ts-expect-error -- there is no such option
    use(redact, { fields: ['iban'], makr: '' })
  })

  test('configure says the types that a definition can not say', () => {
    const first = <T>() => configure<T, T>(redact, { fields: [] })
    expectTypeOf(p.stage('first', payments, first())).toEqualTypeOf<Ref<Payment>>()
  })
})
