import { resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { overflow as filling } from '../../src/consumers/overflow.ts'
import { discard } from '../../src/consumers/discard.ts'
import { definePipeline } from '../../src/config/builder.ts'
import { pipelineSchema } from '../../src/config/json-schema.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { generate } from '../../src/producers/generate.ts'
import { brief, load, pathOf, problemsOf } from './loading.ts'

const registry = createRegistry()

/** A pipeline with such a consumer, and maybe another producer. */
function file(consumer: string, producer = 'generate: {}', name = 'orders'): string {
  return `pipeline: ${name}
producers:
  source: { ${producer} }
consumers:
  end: { from: source${consumer} }
`
}

async function problems(text: string): Promise<string[]> {
  return (await problemsOf(text, { registry })).map(brief)
}

async function endOf(text: string) {
  return (await load(text, { registry })).spec.nodes.find(({ name }) => name === 'end')!
}

afterEach(() => vi.unstubAllEnvs())

describe('`overflow` of a consumer', () => {
  test('is its component where it names no other and a name is in it', async () => {
    const { component, from, settings } = await endOf(file(', overflow: { name: spilled, limit: 1GiB }, callSize: 7'))
    expect(component.name).toBe('overflow')
    expect(from.map((edge) => edge.overflow)).toEqual([undefined])
    expect(settings.callSize).toBe(7)
  })

  test('is the setting where it names another', async () => {
    const { component, from } = await endOf(file(', discard: {}, overflow: { memory: 10 }'))
    expect(component.name).toBe('discard')
    expect(from[0]!.overflow).toMatchObject({ memory: { parts: 10 } })
    expect(await problems(file(', discard: {}, overflow: { name: spilled }'))).toEqual([
      '5:49 KEY_UNKNOWN `name` is not a setting of `overflow` | there are `memory`, `high`, `low`, `limit`, `whenFull`, `mode`, `frame`, `codec`, `store` and `durability`',
    ])
  })

  test.each(['true', '{ limit: 1GiB }'])(
    'is the setting without a name, as %s, and the component is missing',
    async (value) => {
      const [problem] = await problems(file(`, overflow: ${value}`))
      expect(problem).toMatch(
        /^5:3 COMPONENT_MISSING the consumer `end` names no component \| `overflow` without a `name` in it is the setting that every consumer has, not the component `overflow`; name one; there are /,
      )
    },
  )

  test('is the component of dead letters, which have no such setting', async () => {
    const { spec } = await load(`${file(', discard: {}')}deadLetters: { overflow: { name: failed } }\n`, { registry })
    expect(spec.deadLetters?.component.name).toBe('overflow')
  })

  test('with options that cannot be is told all of it', async () => {
    const wrong = '{ name: Spilled, limit: 8MiB, frame: { bytes: 2MiB }, durability: aof }'
    const told = await problems(file(`, overflow: ${wrong}`))
    expect(told.map((problem) => problem.split(' | ')[0])).toEqual([
      '5:42 VALUE `name`: must start with a small letter; small letters, digits, `-` and `_` follow, 63 characters at most',
      '5:80 VALUE `bytes`: must be at most an eighth of `limit`, which is 8388608 bytes; got 2097152',
      '5:100 VALUE `durability`: must be one of `disk`, `os` with this `store`',
    ])
    const unnamed = await problems(file(', discard: {}', 'overflow: { until: full }'))
    expect(unnamed.map((problem) => problem.split(':').slice(0, 3).join(':'))).toMatchInlineSnapshot(`
      [
        "3:13 KEY_MISSING \`overflow\` needs \`name\` | add \`name\`. The name of the overflow: the consumer that fills it and the producer that drains it say the same.",
        "3:32 VALUE \`until\`: expected \`stopped\` or \`empty\`, got "full" | When it ends",
      ]
    `)
  })
})

describe('the place of a pair', () => {
  const consumer = ', overflow: { name: spilled }'

  test('is the same for all pipelines in one folder, and not that of a pipeline', async () => {
    const [spill, drain] = [
      await endOf(file(consumer)),
      await load(file(', discard: {}', 'overflow: { name: spilled }', 'drain'), { registry }),
    ]
    const folder = resolve(pathOf('.'), '.sluice/overflow.spilled')
    expect(spill.component.exclusive).toBe(`the filling of folder ${folder}`)
    expect(drain.spec.nodes[0]!.component.exclusive).toBe(`the draining of folder ${folder}`)
  })

  test('is under SLUICE_DATA_DIR where that is set, or at the folder of its store', async () => {
    vi.stubEnv('SLUICE_DATA_DIR', '/data')
    expect((await endOf(file(consumer))).component.exclusive).toBe('the filling of folder /data/overflow.spilled')
    const named = ', overflow: { name: spilled, store: { embedded: { folder: /elsewhere } } }'
    expect((await endOf(file(named))).component.exclusive).toBe('the filling of folder /elsewhere')
  })

  test('in Redis has keys that no edge can have', async () => {
    const { component } = await endOf(file(', overflow: { name: spilled, store: redis }'))
    expect(component.exclusive).toBe('the filling of sluice:overflow.pair/spilled on 127.0.0.1:6379')
  })

  test('is filled by one node, and drained by one', async () => {
    const text = `${file(consumer)}  other: { from: source, overflow: { name: spilled } }\n`
    expect(await problems(text)).toMatchObject([expect.stringContaining('EXCLUSIVE') as string])
    const { warnings } = await load(file(consumer, 'overflow: { name: spilled }'), { registry })
    expect(warnings).toEqual([])
  })
})

describe('the schema for editors', async () => {
  const isRight = new Ajv2020({ strict: false, validateFormats: false }).compile(
    await pipelineSchema(registry, { hasPlugins: true }),
  )

  test.each([
    ['the component', ', overflow: { name: spilled, limit: 1GiB }', true],
    ['the setting', ', discard: {}, overflow: { memory: 10 }', true],
    ['the short setting', ', discard: {}, overflow: true', true],
    ['no component', ', overflow: { limit: 1GiB }', false],
    ['no component, and the short setting', ', overflow: true', false],
    ['two components', ', discard: {}, overflow: { name: spilled }', false],
    ['a wrong option', ', overflow: { name: spilled, memory: 10 }', false],
  ])('knows %s', (_, consumer, expected) => {
    expect(isRight(parse(file(consumer)))).toBe(expected)
  })
})

describe('in TypeScript', () => {
  test('it is the component, and has no setting of its name', () => {
    const build = (settings: object) => () =>
      definePipeline('orders', (p) => {
        const source = p.producer('source', generate())
        p.consumer('end', source, filling({ name: 'spilled' }), settings)
        p.consumer('other', source, discard(), { overflow: true })
      })
    expect(build({})).not.toThrow()
    expect(build({ overflow: true })).toThrow('`overflow` as a component has no setting `overflow`')
  })
})
