import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { pipelineSchema } from '../../src/config/json-schema.ts'
import { loadComponents } from '../../src/config/load.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { edited, filter, GOOD, load, modules, registry, write } from './loading.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FILES = readdirSync(`${ROOT}config`).filter((name) => name.endsWith('.yaml'))

function validator(schema: object): (value: unknown) => boolean {
  return new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
}

const isRight = validator(await pipelineSchema(registry))

/** Whether the loader takes a file. */
async function isLoaded(text: string): Promise<boolean> {
  return await load(text).then(
    () => true,
    () => false,
  )
}

describe('schemas/pipeline.schema.json', () => {
  const text = readFileSync(`${ROOT}schemas/pipeline.schema.json`, 'utf8')

  test('is what the sources say; if not, `npm run reference` writes it', async () => {
    expect(`${JSON.stringify(await pipelineSchema(createRegistry()), undefined, 2)}\n`).toBe(text)
  })

  test.each(FILES)('config/%s is valid by it, and says where it is', (name) => {
    const file = readFileSync(`${ROOT}config/${name}`, 'utf8')
    expect(file).toMatch(/^# yaml-language-server: \$schema=\.\.\/schemas\/pipeline\.schema\.json\n/)
    const valid = validator(JSON.parse(text) as object)
    expect(valid(parse(file))).toBe(true)
  })

  test('every component that can be written in a file has its description, and every setting', () => {
    const { $defs } = JSON.parse(text) as { $defs: Record<string, { description?: string }> }
    for (const name of ['producer-http', 'stage-map', 'stage-batch', 'consumer-file', 'setting-demand'])
      expect($defs[name]?.description).toMatch(/\w+/)
    // Only code can give it a function.
    expect($defs).not.toHaveProperty('consumer-each')
  })
})

test.each([
  ['the good file', GOOD],
  ['a short form', filter('filter: data.amount > 0')],
  ['a short form that is a map', filter('map: { id: data.id, cents: data.amount * 100 }')],
  ['nothing for a component without required options', edited('file: ledger.ndjson', 'discard:')],
  ['variables in place of single values', edited('port: 8080', 'port: "${PORT:-8080}"').replace('200ms', '"${T:-1s}"')],
  [
    'settings of an edge',
    edited('from: batches', 'from: { batches: { demand: { max: 10, min: 5 }, queue: } }').replace(', queue: }', ' }'),
  ],
  ['an edge without settings', edited('from: batches', 'from: { batches: }')],
  ['a setting for components that hold', edited('batch: {', 'maxHeld: 1000\n    batch: {')],
  ['retry as a count', edited('concurrency: 8', 'retry: 5')],
  ['a share in percent', edited('concurrency: 8', 'retry: { budget: 10% }')],
  ['dead letters', `${GOOD}deadLetters: { file: dead.ndjson, keep: original, concurrency: 2, retry: { attempts: 3 } }`],
  ['no dead letters', `${GOOD}deadLetters: "\${DEAD:-false}"`],
  ['what is done about failures', `${GOOD}restarts: { most: 5 }\nonPipelineFailure: restart`],
  ['a group', `${GOOD}group: { member: "\${MEMBER:-web-1}", redis: { url: "redis://127.0.0.1", prefix: shop } }`],
  ['a pipeline without stages', 'pipeline: a\nproducers: { p: { ticks: 3 } }\nconsumers: { c: { from: p, discard: } }'],
])('%s is right by the schema, and loaded', async (_, text) => {
  expect(isRight(parse(text))).toBe(true)
  expect(await isLoaded(text)).toBe(true)
})

const MISTAKES: readonly (readonly [title: string, text: string])[] = [
  ['an unknown key at the top', `${GOOD}whatever: 1`],
  ['an unknown component', filter('fliter: data.a')],
  ['an unknown option', edited('size: 100', 'sise: 100')],
  ['an unknown setting of an edge', edited('from: batches', 'from: { batches: { demnd: 1 } }')],
  ['a wrong type', edited('port: 8080', 'port: yes')],
  ['a variable inside of a number', edited('port: 8080', 'port: "80${X:-80}"')],
  ['a number beyond its limits', edited('size: 100', 'size: 100000')],
  ['a number without a unit', edited('200ms', '200')],
  ['a duration that is none', edited('200ms', '200 parsecs')],
  ['two components', edited('file: ledger.ndjson', 'file: ledger.ndjson\n    discard: {}')],
  ['no component', edited('    file: ledger.ndjson\n', '')],
  ['a missing option', edited('{ port: 8080, path: /payments }', '{ path: /payments }')],
  ['a missing `from`', edited('    from: batches\n', '')],
  ['a setting of another kind', edited('  ingress:\n', '  ingress:\n    concurrency: 2\n')],
  ['a setting for components that hold', edited('concurrency: 8', 'maxHeld: 8')],
  ['a component of another kind', edited('file: ledger.ndjson', 'batch: { size: 1 }')],
  ['an expression that is a number', filter('filter: 5')],
  ['a name that is none', edited('ledger:', 'Ledger:')],
  ['a choice that is none', edited('concurrency: 8', 'order: keys')],
  ['no consumers', GOOD.slice(0, GOOD.indexOf('consumers:'))],
  ['no name', edited('pipeline: payments\n', '')],
  ['retry that is a word', edited('concurrency: 8', 'retry: often')],
  ['a share beyond all', edited('concurrency: 8', 'retry: { budget: 1.5 }')],
  ['dead letters that go to no component', `${GOOD}deadLetters: { keep: original }`],
  ['dead letters that go to two components', `${GOOD}deadLetters: { file: dead.ndjson, discard: {} }`],
  ['dead letters that go to a stage', `${GOOD}deadLetters: { filter: data.a }`],
  ['dead letters that read from somebody', `${GOOD}deadLetters: { file: dead.ndjson, from: ledger }`],
  ['dead letters that hold nothing, with a limit', `${GOOD}deadLetters: { discard: {}, maxHeld: 5 }`],
  ['a `keep` that is none', `${GOOD}deadLetters: { file: dead.ndjson, keep: all }`],
  ['plugins that are no list', `${GOOD}plugins: ./a.ts`],
]

test.each(MISTAKES)('%s is wrong by the schema, and refused', async (_, text) => {
  expect(isRight(parse(text))).toBe(false)
  expect(await isLoaded(text)).toBe(false)
})

/** All values inside of a value, each with a way to put another one in its place, or to take it out. */
function places(value: unknown, put: (other: unknown) => unknown): ((other: unknown) => unknown)[] {
  if (typeof value !== 'object' || value === null) return [put]
  const inner = Object.entries(value).flatMap(([key, each]) => {
    const around = (other: unknown): unknown => {
      const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...value }
      if (other === GONE) delete copy[key]
      else copy[key] = other
      return Array.isArray(value) ? Object.values(copy) : copy
    }
    return places(each, (other) => put(around(other)))
  })
  return [put, ...inner]
}

const GONE = Symbol('gone')
const VALUES = [
  GONE,
  null,
  true,
  0,
  -1,
  7,
  1e9,
  0.5,
  '',
  'x',
  'valid',
  '5s',
  '64KiB',
  'data.a',
  '${A:-3}',
  [],
  ['valid'],
  {},
  { x: 1 },
]

test('what the schema refuses, the loader refuses (property)', async () => {
  const good = parse(GOOD) as unknown
  const ways = places(good, (other) => other)
  const seen = { refused: 0, taken: 0 }
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ways), fc.constantFrom(...VALUES), fc.string(), async (way, value, key) => {
      const changed = way(value === 'x' ? { [key]: 'x' } : value)
      if (changed === GONE) return
      const right = isRight(changed)
      seen[right ? 'taken' : 'refused']++
      // What the schema takes may be refused: it doesn't know the graph.
      if (!right) expect(await isLoaded(JSON.stringify(changed))).toBe(false)
    }),
    { numRuns: 400 },
  )
  expect(Math.min(seen.refused, seen.taken)).toBeGreaterThan(20)
})

describe('plugins', () => {
  const plugin = `import { defineStage } from 'sluice'
import { z } from 'zod'
const options = z.strictObject({ level: z.int().min(1) })
export default defineStage({ name: 'zip', summary: 'Zips.', options, short: 'level', create: () => ({ map: (data: unknown) => data }) })\n`
  const zipped = (component: string) => `${filter(component)}plugins: [./zip.ts]\n`

  test('a file that names some may name any component, and no other key at the top', () => {
    expect(isRight(parse(zipped('zip: { level: 1 }')))).toBe(true)
    expect(isRight(parse(zipped('zap: 1')))).toBe(true)
    expect(isRight(parse(filter('zip: { level: 1 }')))).toBe(false)
    expect(isRight(parse(zipped('zap: 1\n    concurrency: many')))).toBe(false)
  })

  test('the schema of a file knows the components of its plugins, and is as strict', async () => {
    write(plugin, 'zip.ts')
    // The rest of the file may be half written.
    const file = write('plugins: [./zip.ts]\nstages: { a: { b', 'half.yaml')
    await expect(loadComponents(file, { registry, modules, environment: {} })).rejects.toThrow('half.yaml')
    const whole = write('plugins: ["./${NAME}.ts"]\nwhatever: ${UNSET}\n', 'rest.yaml')
    const components = await loadComponents(whole, { registry, modules, environment: { NAME: 'zip' } })
    const isRightHere = validator(await pipelineSchema(components, { hasPlugins: true }))
    expect(isRightHere(parse(zipped('zip: { level: 1 }')))).toBe(true)
    expect(isRightHere(parse(zipped('zip: 1')))).toBe(true)
    expect(isRightHere(parse(zipped('zip: { level: 0 }')))).toBe(false)
    expect(isRightHere(parse(zipped('zap: 1')))).toBe(false)
  })
})
