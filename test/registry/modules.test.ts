import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ModuleError } from '../../src/registry/module-errors.ts'
import { ModuleLoader } from '../../src/registry/modules.ts'
import { ManualEnv } from '../support/manual-env.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-modules-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const cacheFolder = join(root, 'cache')
/** Node's own `import`: that of the test runner answers with other errors. */
writeFileSync(join(root, 'native.cjs'), 'module.exports = (url) => import(url)')
const native = createRequire(import.meta.url)(join(root, 'native.cjs')) as (url: string) => Promise<unknown>
const loader = new ModuleLoader({ cacheFolder, native })

let count = 0

/** Writes files into a folder of their own. @returns the folder. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(root, String(count++))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

function fileOf(text: string, name: string): string {
  return join(folderOf({ [name]: text }), name)
}

async function refusalOf(loading: Promise<unknown>): Promise<ModuleError> {
  const error = await loading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof ModuleError) return error
  throw new Error(`no refusal: ${String(error)}`)
}

/** Where in which file, what, and why. */
function brief({ code, reason, place }: ModuleError, folder: string) {
  const { file, line, column } = place
  return [file.replace(`${folder}/`, ''), line, column, code, reason]
}

const STAGE = `import { defineStage, SluiceError } from 'sluice'
import { z } from 'zod'
export default defineStage({ name: 'a', summary: 'A.', options: z.strictObject({}), create: () => ({ map: (data: never) => data }) })
export const errors = [SluiceError, SluiceError]`

test.each(['a.ts', 'a.mts'])(
  '%s that imports Sluice and zod is loaded from a folder that has neither',
  async (name) => {
    expect(await loader.load(fileOf(STAGE, name))).toMatchObject({ default: { kind: 'stage', name: 'a', contract: 1 } })
  },
)

test.each(['a.js', 'a.mjs'])('so is %s, which Node alone would refuse', async (name) => {
  const source = STAGE.replace(': never', '')
  expect(await loader.load(fileOf(source, name))).toMatchObject({ default: { kind: 'stage', contract: 1 } })
})

test('two modules that import Sluice get one and the same', async () => {
  const folder = folderOf({ 'a.ts': STAGE, 'b.ts': STAGE })
  const [a, b] = (await Promise.all([loader.load(join(folder, 'a.ts')), loader.load(join(folder, 'b.ts'))])) as {
    errors: unknown[]
  }[]
  expect(a!.errors[0]).toBe(b!.errors[1])
})

test('TypeScript may use enums, import others by the name they will have, and await at its top', async () => {
  const folder = folderOf({
    'a.ts': "import { Colour } from './colour.js'\nexport default await Promise.resolve(Colour.green satisfies number)",
    'colour.ts': 'export enum Colour { red, green }',
  })
  expect(await loader.load(join(folder, 'a.ts'))).toMatchObject({ default: 1 })
})

test('a module that several import runs once, and is one', async () => {
  const folder = folderOf({
    'shared.ts': 'export const shared: { runs: number } = { runs: 0 }\nshared.runs++',
    'a.ts': "export { shared as default } from './shared.ts'",
    'b.ts': "export { shared as default } from './shared.ts'",
  })
  const [a, b] = (await Promise.all(['a.ts', 'b.ts'].map((name) => loader.load(join(folder, name))))) as {
    default: { runs: number }
  }[]
  expect(a!.default).toBe(b!.default)
  expect(a!.default.runs).toBe(1)
})

test('compiled TypeScript is kept in the folder that is named', async () => {
  const other = join(root, 'other-cache')
  await new ModuleLoader({ cacheFolder: other }).load(fileOf('export default 1 as number', 'a.ts'))
  expect(readdirSync(other)).toHaveLength(1)
})

test('a module without a default export has none', async () => {
  for (const name of ['a.ts', 'a.js']) {
    expect('default' in (await loader.load(fileOf('export const a = 1', name)))).toBe(false)
  }
})

test.each([
  ['a syntax error', 'a.ts', 'const a = 1\nconst b = {{\n', [2, 12, 'SYNTAX', 'syntax error: Unexpected token']],
  ['a syntax error', 'a.mjs', 'const a = 1\nconst b = {{\n', [2, 12, 'SYNTAX', "syntax error: Unexpected token '{'"]],
  ['a throw', 'a.ts', '\nthrow new Error("no luck")', [2, undefined, 'THREW', 'it throws while it is loaded: no luck']],
  ['a throw', 'a.mjs', '\nthrow new Error("no luck")', [2, 7, 'THREW', 'it throws while it is loaded: no luck']],
  ['an error of JSON', 'a.mjs', '\nJSON.parse("{")', [2, 6, 'THREW', 'it throws while it is loaded: Expected prop']],
  [
    'a throw of nothing',
    'a.mjs',
    'throw undefined',
    [undefined, undefined, 'THREW', 'it throws while it is loaded: und'],
  ],
  [
    'a package',
    'a.ts',
    "import 'os'\nimport x from 'nowhere'\nx()",
    [2, 15, 'IMPORT', 'it imports `nowhere`, which is not installed'],
  ],
  [
    'a package',
    'a.mjs',
    "import 'os'\nimport 'nowhere'",
    [2, 8, 'IMPORT', 'it imports `nowhere`, which is not installed'],
  ],
  ['a file', 'a.ts', "import x from './x.ts'\nx()", [1, 15, 'IMPORT', 'it imports `./x.ts`, which is not there']],
  ['a file', 'a.mjs', "import './x.js'", [1, 8, 'IMPORT', 'it imports `./x.js`, which is not there']],
  [
    'a name',
    'a.mjs',
    "import { nothing } from 'node:fs'\nnothing()",
    [1, undefined, 'IMPORT', 'an import fails: The requested module'],
  ],
  [
    'a name',
    'a.ts',
    "import { nothing } from 'sluice'\nnothing()",
    [2, undefined, 'THREW', 'it throws while it is loaded: nothing is not'],
  ],
  [
    'a built-in',
    'a.mjs',
    "import 'node:nothing'",
    [undefined, undefined, 'IMPORT', 'an import fails: No such built-in module'],
  ],
] as const)('%s in %s is told with its place and without a stack', async (...row) => {
  const [, name, source, [line, column, code, reason]] = row
  const file = fileOf(source, name)
  const error = await refusalOf(loader.load(file))
  expect(brief(error, dirname(file))).toEqual([
    name,
    line,
    column,
    `SLUICE_MODULE_${code}`,
    expect.stringContaining(reason),
  ])
  expect(error.message).not.toMatch(/\n|node_modules|Require stack/)
})

test('a mistake in a module that it imports is told with that file', async () => {
  const folder = folderOf({
    'a.ts': "import './b.ts'",
    'b.ts': "\nimport 'nowhere'",
    'c.ts': "import './d.ts'",
    'd.ts': 'a b',
  })
  const said = async (name: string) => brief(await refusalOf(loader.load(join(folder, name))), folder)
  expect((await said('a.ts')).slice(0, 3)).toEqual(['b.ts', 2, 8])
  expect((await said('c.ts')).slice(0, 3)).toEqual(['d.ts', 1, 2])
})

test('a part of Sluice that there is none of is told under the name that was written', async () => {
  const file = fileOf("\nimport 'sluice/nothing'", 'a.ts')
  const told = [2, 8, 'SLUICE_MODULE_IMPORT', 'it imports `sluice/nothing`, which is not there']
  expect(brief(await refusalOf(loader.load(file)), dirname(file))).toEqual(['a.ts', ...told])
})

test('what is not there is told, with the name that is near', async () => {
  const folder = folderOf({ 'redact.ts': '', 'notes.txt': '' })
  const said = async (name: string) => {
    const { code, reason, nearest } = await refusalOf(loader.load(join(folder, name)))
    return [code.replace('SLUICE_MODULE_', ''), reason, nearest]
  }
  expect(await said('redcat.ts')).toEqual(['MISSING', 'there is no such file', 'redact.ts'])
  expect(await said('nowhere/x.ts')).toEqual(['MISSING', 'there is no such file', undefined])
  expect(await said('notes.txt')).toEqual([
    'MISSING',
    'this is not a module: a module ends in .ts, .mts, .js or .mjs',
    undefined,
  ])
  expect((await said('.'))[1]).toBe('this is not a file: a module ends in .ts, .mts, .js or .mjs')
})

test.each(['a.ts', 'a.mjs'])('%s that awaits for ever at its top is given up in time', async (name) => {
  const env = new ManualEnv()
  const loading = refusalOf(
    new ModuleLoader({ env, timeoutMs: 5000, cacheFolder, native }).load(fileOf('await new Promise(() => {})', name)),
  )
  while (env.timers === 0) await new Promise((resolve) => setImmediate(resolve))
  env.advance(5000)
  expect(await loading).toMatchObject({
    code: 'SLUICE_MODULE_TIMEOUT',
    reason: 'it has not been loaded within 5 s: an `await` at its top level never ends',
  })
})

test('no timer is left behind by a module that was loaded', async () => {
  const env = new ManualEnv()
  await new ModuleLoader({ env, cacheFolder, native }).load(fileOf('export default 1', 'a.mjs'))
  expect(env.timers).toBe(0)
})

const PACKAGES = {
  'node_modules/esm/package.json': '{ "type": "module", "exports": { ".": { "import": "./lib/esm.js" } } }',
  'node_modules/esm/lib/esm.js': 'export default 1',
  'node_modules/closed/package.json': '{ "exports": { "./inner": "./inner.js" } }',
  'node_modules/hollow/package.json': '{ "exports": "./gone.js" }',
}

test('a package is found as an ES module is, from the folder that names it', async () => {
  const folder = folderOf(PACKAGES)
  expect(await loader.resolve('esm', folder)).toBe(join(folder, 'node_modules/esm/lib/esm.js'))
})

test.each([
  ['nowhere', 'the package is not installed in'],
  ['@scope/nowhere', 'the package is not installed in'],
  ['closed', 'No "exports" main defined in'],
  ['hollow', 'Cannot find module'],
  ['', 'the package is not installed in'],
])('a package "%s" that cannot be found is told', async (name, reason) => {
  const error = await refusalOf(loader.resolve(name, folderOf(PACKAGES)))
  expect(error).toMatchObject({ code: 'SLUICE_MODULE_MISSING', reason: expect.stringContaining(reason) })
})
