import { resolve } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { overflow as filling } from '../../src/consumers/overflow.ts'
import { discard } from '../../src/consumers/discard.ts'
import { definePipeline } from '../../src/config/builder.ts'
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
      '5:48 KEY_UNKNOWN `name` is not a setting of `overflow` | known are `memory`, `high`, `low`, `limit`, `whenFull`, `mode`, `frame`, `codec`, `store` and `durability`',
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

  test('with options that cannot be is told so', async () => {
    expect(
      await problems(file(', overflow: { name: Spilled, limit: 8MiB, frame: { bytes: 2MiB }, durability: aof }')),
    ).toEqual([
      '5:37 VALUE `name`: must start with a small letter; small letters, digits, `-` and `_` follow, 63 characters at most | The name of the overflow: the consumer that fills it and the producer that drains it say the same.',
    ])
    expect(
      await problems(file(', overflow: { name: spilled, limit: 8MiB, frame: { bytes: 2MiB }, durability: aof }')),
    ).toHaveLength(2)
    expect(await problems(file(', discard: {}', 'overflow: { limit: 1GiB }'))).toHaveLength(2)
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
    const both = file(consumer, 'overflow: { name: spilled }')
    expect(await problems(both)).toEqual([])
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
