import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { loadAll, type LoadedAll } from '../../src/config/load-all.ts'
import type { Place } from '../../src/config/errors.ts'
import { renderConfigError } from '../../src/config/render.ts'
import { edited, GOOD, modules, pathOf, registry } from './loading.ts'

let count = 0

/** Writes files into a folder of their own. @returns the folder. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = pathOf(`all-${count++}`)
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

function load(...paths: readonly string[]): Promise<LoadedAll> {
  return loadAll(paths, { registry, modules, environment: {}, memoryBudget: 1_200_000_000 })
}

/** A pipeline of that name with a port and a file of its own. */
function named(name: string, port: number | string): string {
  return GOOD.replace('pipeline: payments', `pipeline: ${name}`)
    .replace('port: 8080', `port: ${port}`)
    .replace('ledger.ndjson', `${name}.ndjson`)
}

/** `file:line:column code message` of all that is wrong, files without their folder. */
function told({ errors }: LoadedAll, folder: string): string[] {
  const at = ({ file, line, column }: Place) => [file.replace(`${folder}/`, ''), line, column].filter(Boolean).join(':')
  return errors.flatMap(({ problems }) =>
    problems.map((problem) => {
      const code = problem.code.replace('SLUICE_CONFIG_', '')
      const related = (problem.related ?? []).map((place) => ` [${at(place)} ${place.message}]`)
      return `${at(problem)} ${code} ${problem.message}${related.join('')}`.replaceAll(`${folder}/`, '')
    }),
  )
}

/** A module whose default export is an expression over `pipeline(name)`. */
function moduleOf(expression: string): string {
  return `import { definePipeline, defineProducer, defineConsumer, use } from 'sluice'
import { z } from 'zod'
const options = z.strictObject({})
const ones = defineProducer({ name: 'ones', summary: 'Ones.', options, create: () => ({ handleDemand: () => [] }) })
const end = defineConsumer({ name: 'end', summary: 'The end.', options, create: () => ({ each: () => undefined }) })
const pipeline = (name: string) => definePipeline(name, (p) => {
  p.consumer('sink', p.producer('source', use(ones)), use(end))
})
export default ${expression}\n`
}

test('a folder is its pipelines by name: no types, no tests, nothing hidden, nothing below', async () => {
  const folder = folderOf({
    'b.yaml': named('b', 2),
    'a.yml': named('a', 1),
    'c.ts': moduleOf("pipeline('c')"),
    'c.test.ts': 'throw 1',
    'd.d.ts': 'throw 1',
    '.e.yaml': 'x',
    'f.json': '{}',
    'g/h.yaml': 'x',
  })
  const { files, pipelines, errors } = await load(folder)
  expect(errors).toEqual([])
  expect(files.map((file) => file.slice(folder.length + 1))).toEqual(['a.yml', 'b.yaml', 'c.ts'])
  expect(pipelines.map(({ spec }) => spec.name)).toEqual(['a', 'b', 'c'])
})

test('the memory is shared equally by all pipelines, also by those of one module', async () => {
  const folder = folderOf({
    'a.yaml': named('a', 1),
    'b.yaml': `${named('b', 2)}memory: 1GiB\n`,
    'c.ts': moduleOf("[pipeline('c'), pipeline('d')]"),
  })
  const { pipelines } = await load(folder)
  expect(pipelines.map(({ spec: { name, memoryBytes } }) => [name, memoryBytes])).toEqual([
    ['a', 300_000_000],
    ['b', 1024 ** 3],
    ['c', 300_000_000],
    ['d', 300_000_000],
  ])
})

test('files and folders may be mixed; a folder without pipelines is a mistake', async () => {
  const folder = folderOf({ 'a.yaml': named('a', 1), 'empty/readme.md': '', 'more/b.yaml': named('b', 2) })
  const { pipelines } = await load(join(folder, 'more'), join(folder, 'a.yaml'))
  expect(pipelines.map(({ spec }) => spec.name)).toEqual(['b', 'a'])
  expect(told(await load(join(folder, 'empty')), folder)).toEqual([
    'empty FOLDER_EMPTY there is no pipeline in this folder',
  ])
})

test('the mistakes of all files are told, in the order of the files', async () => {
  const folder = folderOf({
    'a.yaml': edited('size: 100', 'sise: 100'),
    'b.ts': 'export const a = 1',
    'c.yaml': 'pipeline: c',
    'd.yaml': named('d', 4),
  })
  expect(told(await load(folder, join(folder, 'e.yaml'), join(folder, 'f.ts')), folder)).toEqual([
    'a.yaml:11:14 KEY_UNKNOWN `sise` is not an option of `batch`',
    expect.stringMatching(/^b\.ts SLUICE_MODULE_EXPORT it has no default export: a pipeline file exports/),
    expect.stringMatching(/^c\.yaml:1:1 INCOMPLETE/),
    expect.stringMatching(/^c\.yaml:1:1 INCOMPLETE/),
    'e.yaml FILE_MISSING there is no such file',
    'f.ts FILE_MISSING there is no such file',
  ])
})

test('two pipelines with one name are told, with both files', async () => {
  const folder = folderOf({
    'a.yaml': named('one', 1),
    'b.yaml': `# first\n${named('one', 2).replace('one.nd', 'two.nd')}`,
  })
  const loaded = await load(folder)
  expect(told(loaded, folder)).toEqual([
    'b.yaml:2:11 PIPELINE_TWICE `one` is also the name of the pipeline in a.yaml [a.yaml:1:11 the first one]',
  ])
  // Of the other file no line is shown: its text isn't at hand.
  expect(renderConfigError(loaded.errors[0]!).match(/\|/g)).toHaveLength(2)
})

test('two pipelines that want one port or file are told at both nodes', async () => {
  const folder = folderOf({ 'a.yaml': named('a', 8080), 'b.yaml': named('b', 8080).replace('b.ndjson', 'a.ndjson') })
  expect(told(await load(folder), folder)).toEqual([
    'b.yaml:4:5 EXCLUSIVE `ingress` wants `port 8080`, and so does `ingress` in a.yaml [a.yaml:4:5 `ingress` wants it here]',
    'b.yaml:16:5 EXCLUSIVE `ledger` wants `file a.ndjson`, and so does `ledger` in a.yaml [a.yaml:16:5 `ledger` wants it here]',
  ])
})

test('what a variable holds is not shown where two want it', async () => {
  const folder = folderOf({ 'a.yaml': named('a', 8080), 'b.yaml': named('b', '"${PORT:-8080}"') })
  const [said = ''] = told(await load(folder), folder)
  expect(said).toContain('`ingress` wants the same port, file or the like')
  expect(said).not.toContain('`port 8080`')
})

test.each([
  ["'not a pipeline'", 'a.ts SLUICE_MODULE_EXPORT its default export is no pipeline: a pipeline file exports'],
  ['[]', 'a.ts SLUICE_MODULE_EXPORT its default export is no pipeline: a pipeline file exports'],
  ["[pipeline('a'), 3]", 'a.ts SLUICE_MODULE_EXPORT its default export is no pipeline: a pipeline file exports'],
  ["pipeline('a'); const b = {{", 'a.ts:9:42 SLUICE_MODULE_SYNTAX syntax error: Unexpected token'],
  [
    "pipeline(fail()); function fail(): string { throw new Error('no luck') }",
    'a.ts:9:1 SLUICE_MODULE_THREW it throws while it is loaded: no luck',
  ],
])('a module that gives no pipeline is told: %s', async (expression, said) => {
  const folder = folderOf({ 'a.ts': moduleOf(expression) })
  expect(told(await load(folder), folder)).toEqual([expect.stringContaining(said)])
})

// The superuser may read everything.
test.skipIf(process.getuid?.() === 0)('a module that may not be read is told, as a file of YAML is', async () => {
  const folder = folderOf({ 'a.ts': moduleOf("pipeline('a')") })
  chmodSync(join(folder, 'a.ts'), 0)
  expect(told(await load(join(folder, 'a.ts')), folder)).toEqual(['a.ts FILE_PERMISSION the file may not be read'])
})

test('a plugin among the pipelines is told to be one', async () => {
  const folder = folderOf({ 'a.ts': moduleOf('ones') })
  const { errors } = await load(folder)
  expect(errors[0]?.problems[0]?.hint).toBe('this is a plugin: keep plugins in a folder below that of the pipelines')
})

test('what definePipeline finds wrong is told at its line in the module, as in YAML', async () => {
  const folder = folderOf({ 'a.ts': moduleOf("pipeline('Payments')") })
  const { errors } = await load(join(folder, 'a.ts'))
  expect(errors[0]).toMatchObject({ file: join(folder, 'a.ts'), problems: [{ code: 'SLUICE_CONFIG_VALUE', line: 6 }] })
  expect(renderConfigError(errors[0]!)).toContain('const pipeline = (name: string) =>')
})

test('a mistake in a module that a pipeline imports is told with that file', async () => {
  const folder = folderOf({ 'a.ts': "import './lib/b.ts'", 'lib/b.ts': '\na b' })
  expect(told(await load(join(folder, 'a.ts')), folder)).toEqual([
    'lib/b.ts:2:2 SLUICE_MODULE_SYNTAX syntax error: Missing semicolon.',
  ])
})

test('a file that is meant twice, by its folder and by its name, is one pipeline', async () => {
  const folder = folderOf({ 'a.yaml': named('a', 1), 'b.ts': moduleOf("pipeline('b')") })
  const loaded = await load(folder, join(folder, 'a.yaml'), `${folder}/./b.ts`, `${folder}/../${basename(folder)}`)
  expect(told(loaded, folder)).toEqual([])
  expect(loaded.files).toEqual([join(folder, 'a.yaml'), join(folder, 'b.ts')])
  expect(loaded.pipelines.map(({ spec }) => spec.name)).toEqual(['a', 'b'])
})
