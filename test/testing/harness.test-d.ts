import { expectTypeOf, test } from 'vitest'
import { discard } from '../../src/consumers/discard.ts'
import type { Message } from '../../src/core/message.ts'
import { generate } from '../../src/producers/generate.ts'
import mapDefinition, { map } from '../../src/stages/map.ts'
import { harness, type ConsumerRun } from '../../src/testing/index.ts'

test('what is given has the type that the component says', () => {
  const stage = harness(map((n: number) => `${n}`))
  expectTypeOf(stage.given).toEqualTypeOf<readonly string[]>()
  expectTypeOf(stage.givenMessages).toEqualTypeOf<readonly Message<string>[]>()
  expectTypeOf(harness(generate()).given).toEqualTypeOf<readonly { readonly index: number }[]>()
  expectTypeOf(harness(mapDefinition, { options: { to: 'data' } }).given).toEqualTypeOf<readonly unknown[]>()
})

test('each kind of component can be asked for what it can do', () => {
  expectTypeOf(harness(discard())).toEqualTypeOf<ConsumerRun>()
  expectTypeOf<ConsumerRun>().not.toHaveProperty('given')
  expectTypeOf(harness(generate())).not.toHaveProperty('push')
  expectTypeOf(harness(generate())).not.toHaveProperty('grant')
  expectTypeOf(harness(map((n: number) => n))).not.toHaveProperty('ask')
})
