import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { definePipeline } from '../../src/config/builder.ts'
import { discard } from '../../src/consumers/discard.ts'
import { generate } from '../../src/producers/generate.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { originsOf } from '../../src/registry/origins.ts'
import { filter } from '../../src/stages/filter.ts'
import { map } from '../../src/stages/map.ts'

const HERE = fileURLToPath(import.meta.url)

test('a built-in component has the file that it was found in', async () => {
  const definition = await createRegistry().load('stage', 'filter')
  expect(originsOf(definition)).toEqual([{ file: join(HERE, '../../../src/stages/filter.ts') }])
})

test('a node of a program has the lines of its call, to that of the next one', () => {
  const pipeline = definePipeline('lines', (p) => {
    const numbers = p.producer('numbers', generate({ count: 1 }))
    const checked = p.stage(
      'checked',
      numbers,
      filter((data) => {
        return data !== undefined
      }),
    )
    const mapped = p.stage('mapped', checked, map(String))
    p.consumer('output', mapped, discard())
  })
  const { spec } = pipeline.load(2 ** 30)
  const [numbers, checked, mapped, output] = spec.nodes.map(({ component }) => originsOf(component).at(-1))
  expect(numbers).toMatchObject({ file: HERE })
  const [first] = numbers!.lines!
  expect([numbers, checked, mapped].map((origin) => origin!.lines)).toEqual([
    [first, first],
    [first + 1, first + 7],
    [first + 8, first + 8],
  ])
  // Nothing follows: as many lines as it can have.
  expect(output!.lines).toEqual([first + 9, first + 14])
})
