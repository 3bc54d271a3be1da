import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import {
  defineConsumer,
  defineProducer,
  defineStage,
  type Definition,
  type OptionsOf,
} from '../../src/core/component.ts'
import { bind, type Component } from '../../src/core/spec.ts'

const sized = z.strictObject({ size: z.int().default(100), label: z.string() })

const stage = defineStage({
  name: 'cut',
  summary: 'Cuts.',
  options: sized,
  short: 'size',
  parts: ({ size }) => size,
  create: ({ size }) => ({ map: (data: string) => data.slice(0, size) }),
})
const consumer = defineConsumer({
  name: 'show',
  summary: 'Shows.',
  options: sized,
  exclusive: ({ label }) => label,
  create: ({ label }) => ({ each: (data: string) => label + data }),
})
const producer = defineProducer({
  name: 'ticks',
  summary: 'Ticks.',
  options: sized,
  create: ({ size }, { message }) => ({ handleDemand: () => [message(size)] }),
})
const receipts = defineProducer({
  name: 'door',
  summary: 'Listens.',
  options: sized,
  outcomes: true,
  guarantee: ({ label }) => label,
  create: () => ({ settle: (told) => void told[0]?.outcome }),
})

describe('definitions', () => {
  test('whatever a `define` function gives is a definition, with options of any type', () => {
    expectTypeOf(stage).toExtend<Definition>()
    expectTypeOf(consumer).toExtend<Definition>()
    expectTypeOf(producer).toExtend<Definition>()
    expectTypeOf(receipts).toExtend<Definition>()
  })

  test('the short option is one of the options', () => {
    expectTypeOf(stage.short).toEqualTypeOf<'size' | 'label' | undefined>()
    // @ts-expect-error -- there is no such option
    defineStage({ name: 'a', summary: 'A.', options: sized, short: 'length', create: () => ({ map: () => 1 }) })
  })

  test('options as users write them lack what has a default', () => {
    expectTypeOf<OptionsOf<typeof stage>>().toEqualTypeOf<{ size?: number | undefined; label: string }>()
  })
})

describe('bind', () => {
  test('takes any definition with the options that its schema gives', () => {
    expectTypeOf(bind(stage, { size: 1, label: 'a' })).toEqualTypeOf<Component>()
    expectTypeOf(bind(consumer, sized.parse({}))).toEqualTypeOf<Component>()
    expectTypeOf(bind(producer, { size: 1, label: 'a' })).toEqualTypeOf<Component>()
    expectTypeOf(bind(receipts, { size: 1, label: 'a' })).toEqualTypeOf<Component>()
  })

  test('refuses other options where the definition is known', () => {
    expectTypeOf(bind<typeof stage>)
      .parameter(1)
      .toEqualTypeOf<{ size: number; label: string }>()
    // @ts-expect-error -- options before the schema has filled in defaults
    bind(stage, { label: 'a' })
    // @ts-expect-error -- a wrong type
    bind(producer, { size: '1', label: 'a' })
    // @ts-expect-error -- what nobody has parsed
    bind(consumer, JSON.parse('{}') as unknown)
  })

  test('takes what a schema gave where the definition was loaded by its name', () => {
    expectTypeOf(bind<Definition>)
      .parameter(1)
      .toEqualTypeOf<unknown>()
  })

  test('refuses what is no definition', () => {
    const kindless = { name: 'a', summary: 'A.', options: sized, create: () => ({ map: () => 1 }) }
    expectTypeOf(kindless).not.toExtend<Definition>()
    expectTypeOf({ ...kindless, kind: 'stage' as const }).toExtend<Definition>()
  })
})
