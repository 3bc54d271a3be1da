import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { CONTRACT_VERSION } from '../../src/core/component.ts'
import { createRegistry } from '../../src/registry/registry.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-registry-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A definition as `defineStage` makes one, with other things in it. */
function moduleOf(changes: string): string {
  return `const options = { _zod: {}, safeParse: () => ({}) }
export default { kind: 'stage', contract: ${CONTRACT_VERSION}, name: 'redact', summary: 'Blanks.', options, create: () => ({}), ${changes} }\n`
}

let count = 0

/** A registry of one folder for all kinds, with these files. */
function registryOf(files: Readonly<Record<string, string>>) {
  const path = join(folder, String(count++))
  mkdirSync(path)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  const url = pathToFileURL(path)
  return createRegistry({ producer: url, stage: url, consumer: url })
}

test('the built-in components are found by their files', async () => {
  const registry = createRegistry()
  expect(await registry.names('producer')).toEqual([
    'bullmq',
    'file',
    'generate',
    'http',
    'iterable',
    'observable',
    'overflow',
    'queue',
    'redis-list',
    'redis-pubsub',
    'redis-stream',
    'stdin',
  ])
  expect(await registry.names('stage')).toEqual([
    'batch',
    'bullmq-progress',
    'filter',
    'flat-map',
    'http-request',
    'map',
    'rx',
    'unbatch',
  ])
  expect(await registry.names('consumer')).toEqual([
    'bullmq',
    'discard',
    'each',
    'file',
    'http',
    'letters',
    'observable',
    'overflow',
    'redis-list',
    'redis-pubsub',
    'redis-stream',
    'stdout',
  ])
})

test.each(['producer', 'stage', 'consumer'] as const)(
  'each built-in %s can be loaded, and keeps to the contract',
  async (kind) => {
    const registry = createRegistry()
    for (const name of await registry.names(kind)) expect(await registry.load(kind, name)).toMatchObject({ kind, name })
  },
)

test('each file is a component; declarations, tests, folders and other files are none', async () => {
  const registry = registryOf({
    'b.ts': '',
    'a-1.js': '',
    'c.d.ts': '',
    'd.test.ts': '',
    'E.js': '',
    'f.json': '',
    _g: '',
  })
  expect(await registry.names('stage')).toEqual(['a-1', 'b'])
})

test('finding the names imports nothing', async () => {
  expect(await registryOf({ 'bad.js': 'throw new Error("imported")' }).names('stage')).toEqual(['bad'])
})

test('a component is loaded by its name, the same each time', async () => {
  const registry = registryOf({ 'redact.js': moduleOf('') })
  const [first, second] = await Promise.all([registry.load('stage', 'redact'), registry.load('stage', 'redact')])
  expect(first).toMatchObject({ kind: 'stage', name: 'redact' })
  expect(second).toBe(first)
})

test.each(['redacted', '../redact', 'redact.js', '__proto__', ''])('there is no component "%s"', async (name) => {
  await expect(registryOf({ 'redact.js': moduleOf('') }).load('stage', name)).rejects.toMatchObject({
    code: 'SLUICE_COMPONENT_UNKNOWN',
    kind: 'place',
    message: `there is no stage \`${name}\`; there is redact`,
  })
})

test('a registry without components says so', async () => {
  await expect(registryOf({}).load('consumer', 'x')).rejects.toThrow('there is no consumer `x`; there is none at all')
})

test('a folder that is not there is told', async () => {
  const url = pathToFileURL(join(folder, 'nowhere'))
  const registry = createRegistry({ producer: url, stage: url, consumer: url })
  await expect(registry.names('stage')).rejects.toMatchObject({
    code: 'SLUICE_COMPONENT_LOAD_FAILED',
    message: expect.stringContaining('nowhere'),
    cause: { code: 'ENOENT' },
  })
})

test.each([
  ['throws', 'throw new Error("no luck")', 'no luck'],
  ['is no JavaScript', 'export default {', 'syntax'],
  ['imports what is not installed', 'import "not-installed-anywhere"', 'not-installed-anywhere'],
  ['throws no error', 'throw undefined', 'undefined'],
])('a file that %s is told with its path', async (_, source, said) => {
  const loaded = registryOf({ 'bad.js': source }).load('stage', 'bad')
  await expect(loaded).rejects.toMatchObject({ code: 'SLUICE_COMPONENT_LOAD_FAILED', kind: 'place' })
  await expect(loaded).rejects.toThrow(/^the stage bad \(.*bad\.js\) can't be loaded: /)
  await expect(loaded).rejects.toThrow(said)
})

test.each([
  ['export const x = 1', 'it must export by default what defineStage gives'],
  ['export default 3', 'it must export by default what defineStage gives'],
  [moduleOf("kind: 'consumer'"), 'it must be made by defineStage'],
  [moduleOf("name: 'reduct'"), 'its name must be that of its file, `redact`, not `reduct`'],
  [moduleOf('name: 3'), 'its name must be that of its file, `redact`, not a value of type number'],
  [moduleOf("summary: ''"), '`summary` must be a line of text'],
  [moduleOf('options: {}'), '`options` must be a zod 4 schema'],
  [moduleOf('create: 1'), '`create` must be a function'],
  [moduleOf('exclusive: 1'), '`exclusive` must be a function'],
  [moduleOf("holds: 'yes'"), '`holds` must be true or false'],
  [moduleOf('short: 1'), '`short` must be the name of an option'],
  [
    moduleOf("options: { _zod: {}, safeParse() {}, shape: { fields: {} } }, short: 'field'"),
    '`short` must be the name of an option',
  ],
  [moduleOf('settleConcurrency: 0.5'), '`settleConcurrency` must be an integer of 1 or more'],
  [moduleOf('parts: 1, io: 1'), '`parts` must be a function; `io` must be true or false'],
])('a module that breaks the contract is told with its file: %#', async (source, complaint) => {
  const loaded = registryOf({ 'redact.js': source }).load('stage', 'redact')
  await expect(loaded).rejects.toMatchObject({ code: 'SLUICE_COMPONENT_INVALID', kind: 'place' })
  await expect(loaded).rejects.toThrow(`the stage redact can't be used: ${complaint} (${folder}`)
})

test.each([
  ['contract: 2', 'version 2 of the component contract, and this Sluice has version 1: update Sluice'],
  ['contract: 0', 'version 0 of the component contract, and this Sluice has version 1: update the plugin'],
  [
    'contract: undefined',
    'no known version of the component contract, and this Sluice has version 1: update the plugin',
  ],
  ["contract: 'one', parts: 1", 'no known version of the component contract'],
])('a component made for another contract is refused before anything else is said: %s', async (changes, said) => {
  const loaded = registryOf({ 'redact.js': moduleOf(changes) }).load('stage', 'redact')
  await expect(loaded).rejects.toMatchObject({ code: 'SLUICE_COMPONENT_CONTRACT', kind: 'place' })
  await expect(loaded).rejects.toThrow(`the stage redact was made for ${said}`)
})
