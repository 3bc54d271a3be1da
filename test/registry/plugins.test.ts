import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ModuleLoader } from '../../src/registry/modules.ts'
import { loadPlugin, withDefinitions } from '../../src/registry/plugins.ts'
import { createRegistry } from '../../src/registry/registry.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-plugins-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const modules = new ModuleLoader({ cacheFolder: join(folder, 'cache') })

/** What `defineStage` gives, with other things in it. */
function stage(changes = ''): string {
  return `{ kind: 'stage', contract: 1, name: 'redact', summary: 'Blanks.', options: { _zod: {}, safeParse() {} }, create() {}, ${changes} }`
}

function load(source: string, specifier = './plugin.mts') {
  const path = specifier.startsWith('.') ? specifier : `node_modules/${specifier}/index.js`
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), source)
  return loadPlugin(specifier, folder, modules)
}

test('a plugin gives one definition or a list of them', async () => {
  expect(await load(`export default ${stage()}`, './one.mts')).toMatchObject([{ kind: 'stage', name: 'redact' }])
  const list = `export default [${stage()}, ${stage("name: 'other', kind: 'consumer'")}]`
  expect(await load(list, './lists/two.mts')).toMatchObject([{ name: 'redact' }, { kind: 'consumer', name: 'other' }])
})

test('a package is a plugin by its name', async () => {
  mkdirSync(join(folder, 'node_modules/sluice-plugin-a'), { recursive: true })
  writeFileSync(
    join(folder, 'node_modules/sluice-plugin-a/package.json'),
    '{ "type": "module", "exports": "./index.js" }',
  )
  expect(await load(`export default ${stage()}`, 'sluice-plugin-a')).toMatchObject([{ name: 'redact' }])
})

const WANTED = 'a plugin exports by default what `defineStage` and its like give, one or a list'

test.each([
  ['without.mts', 'export const a = 1', 'SLUICE_MODULE_EXPORT', `it has no default export: ${WANTED}`],
  ['empty.mts', 'export default []', 'SLUICE_MODULE_EXPORT', `its default export is an empty list: ${WANTED}`],
  [
    'number.mts',
    'export default 3',
    'SLUICE_COMPONENT_INVALID',
    "a component can't be used: it must be what defineProducer, defineStage or defineConsumer gives, not a value of type number",
  ],
  [
    'nothing.mts',
    `export default [${stage()}, null]`,
    'SLUICE_COMPONENT_INVALID',
    'it must be what defineProducer, defineStage or defineConsumer gives, not null',
  ],
  [
    'handmade.mts',
    "export default { name: 'a' }",
    'SLUICE_COMPONENT_INVALID',
    "the component a can't be used: it must be made by defineProducer, defineStage or defineConsumer; `summary` must be",
  ],
  [
    'named.mts',
    `export default ${stage("name: 'Redact'")}`,
    'SLUICE_COMPONENT_INVALID',
    'its name must be small letters, digits and `-`, not `Redact`',
  ],
  [
    'newer.mts',
    `export default ${stage('contract: 2, create: 1')}`,
    'SLUICE_COMPONENT_CONTRACT',
    'the component redact was made for version 2 of the component contract, and this Sluice has version 1: update Sluice',
  ],
])('%s is refused with what is wrong and its file', async (...row) => {
  const [name, source, code, said] = row
  const loading = load(source, `./${name}`)
  await expect(loading).rejects.toMatchObject({ code })
  await expect(loading).rejects.toThrow(said)
  await expect(loading).rejects.toThrow(join(folder, name))
})

test('a package that is not installed, or a path without its "./", is told', async () => {
  await expect(loadPlugin('sluice-plugin-b', folder, modules)).rejects.toMatchObject({ code: 'SLUICE_MODULE_MISSING' })
  await expect(loadPlugin('one.mts', folder, modules)).rejects.toMatchObject({ nearest: './one.mts' })
})

test('components of plugins stand among the built-in ones', async () => {
  const definitions = await load(`export default ${stage()}`, './again.mts')
  const registry = withDefinitions(createRegistry(), definitions)
  const names = await registry.names('stage')
  expect(names).toEqual([...(await createRegistry().names('stage')), 'redact'].toSorted())
  expect(await registry.names('producer')).toEqual(await createRegistry().names('producer'))
  expect(await registry.load('stage', 'redact')).toBe(definitions[0])
  expect(await registry.load('stage', 'filter')).toMatchObject({ name: 'filter' })
  await expect(registry.load('consumer', 'redact')).rejects.toMatchObject({ code: 'SLUICE_COMPONENT_UNKNOWN' })
})
