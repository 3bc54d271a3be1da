import { expect, test } from 'vitest'
import { brief, filter, load, problemsOf, write } from './loading.ts'

/** What `defineStage` gives, made by hand, so that any of it can be odd. */
function stage(changes: string): string {
  return `import { defineStage } from 'sluice'
import { z } from 'zod'
const it = defineStage({ name: 'odd', summary: 'Odd.', options: z.strictObject({}), create: () => ({ map: (data) => data }) })
export default Object.assign({}, it, { ${changes} })\n`
}

const VALID = stage('')

/** A plugin, and what is said where the file names it, or its component. */
const PLUGINS: readonly (readonly [what: string, source: string, told: string])[] = [
  [
    'a number',
    'export default 3',
    "17:11 SLUICE_COMPONENT_INVALID the plugin: a component can't be used: it must be what defineProducer, defineStage or defineConsumer gives, not a value of type number | this is a mistake in the plugin, not in this file",
  ],
  [
    'a text',
    'export default "odd"',
    "17:11 SLUICE_COMPONENT_INVALID the plugin: a component can't be used: it must be what defineProducer, defineStage or defineConsumer gives, not a value of type string | this is a mistake in the plugin, not in this file",
  ],
  [
    'nothing',
    'export default undefined',
    "17:11 SLUICE_COMPONENT_INVALID the plugin: a component can't be used: it must be made by defineProducer, defineStage or defineConsumer; … | this is a mistake in the plugin, not in this file",
  ],
  [
    'a class',
    'export default class Odd {}',
    "17:11 SLUICE_COMPONENT_INVALID the plugin: a component can't be used: it must be what defineProducer, defineStage or defineConsumer gives, not a value of type function | this is a mistake in the plugin, not in this file",
  ],
  [
    'a function',
    'export default () => ({})',
    "17:11 SLUICE_COMPONENT_INVALID the plugin: a component can't be used: it must be what defineProducer, defineStage or defineConsumer gives, not a value of type function | this is a mistake in the plugin, not in this file",
  ],
  [
    'a promise',
    `${VALID.replace('export default', 'const made =')}export default Promise.resolve(made)`,
    "17:11 SLUICE_COMPONENT_INVALID the plugin: a component can't be used: it must be made by defineProducer, defineStage or defineConsumer; … | this is a mistake in the plugin, not in this file",
  ],
  [
    'a list in a list',
    'export default [[]]',
    "17:11 SLUICE_COMPONENT_INVALID the plugin: a component can't be used: it must be made by defineProducer, defineStage or defineConsumer; … | this is a mistake in the plugin, not in this file",
  ],
  [
    'a proxy that throws',
    'export default new Proxy({}, { get() { throw new Error("no luck") } })',
    "17:11 SLUICE_MODULE_THREW the plugin can't be loaded: it throws while it is loaded: no luck | a module should only define things: what may fail belongs in `open`",
  ],
  [
    'a name that throws',
    'export default { get kind() { throw new Error("no luck") } }',
    '17:11 SLUICE_MODULE_THREW the plugin: no luck | a module should only define things: what may fail belongs in `open`',
  ],
  [
    'a module',
    'import * as all from "node:fs"\nexport default all',
    "17:11 SLUICE_COMPONENT_INVALID the plugin: a component can't be used: it must be made by defineProducer, defineStage or defineConsumer; … | this is a mistake in the plugin, not in this file",
  ],
  [
    'a name of every object',
    stage("name: 'constructor'"),
    '8:5 KEY_UNKNOWN `odd` is not a setting or a component of a stage | components are `batch`, `constructor`, `filter` and `map`',
  ],
  [
    'a name that leads to a prototype',
    stage("name: '__proto__'"),
    "17:11 SLUICE_COMPONENT_INVALID the plugin: the component __proto__ can't be used: its name must be small letters, digits and `-`, not `__proto__` | this is a mistake in the plugin, not in this file",
  ],
  [
    'a name that steers a terminal',
    stage("name: '\\u001b[2Jodd'"),
    "17:11 SLUICE_COMPONENT_INVALID the plugin: the component \\u001b[2Jodd can't be used: its name must be small letters, digits and `-`, not `\\u001b[2Jodd` | this is a mistake in the plugin, not in this file",
  ],
  [
    'a kind of every object',
    stage("kind: 'toString'"),
    "17:11 SLUICE_COMPONENT_INVALID the plugin: the component odd can't be used: it must be made by defineProducer, defineStage or defineConsumer | this is a mistake in the plugin, not in this file",
  ],
  [
    'another version',
    stage('contract: 99'),
    '17:11 SLUICE_COMPONENT_CONTRACT the plugin: the component odd was made for version 99 of the component contract, and this Sluice has version 1: update Sluice | update the plugin or Sluice, as the message says',
  ],
  [
    'a version of long ago',
    stage('contract: 0'),
    '17:11 SLUICE_COMPONENT_CONTRACT the plugin: the component odd was made for version 0 of the component contract, and this Sluice has version 1: update the plugin | update the plugin or Sluice, as the message says',
  ],
  [
    'no version',
    stage('contract: "1"'),
    '17:11 SLUICE_COMPONENT_CONTRACT the plugin: the component odd was made for no known version of the component contract, and this Sluice has version 1: update the plugin | update the plugin or Sluice, as the message says',
  ],
  [
    'options that are no schema',
    stage('options: { fields: [] }'),
    "17:11 SLUICE_COMPONENT_INVALID the plugin: the component odd can't be used: `options` must be a zod 4 schema | this is a mistake in the plugin, not in this file",
  ],
  [
    'options of another library',
    stage('options: { parse() {}, safeParse() {} }'),
    "17:11 SLUICE_COMPONENT_INVALID the plugin: the component odd can't be used: `options` must be a zod 4 schema | this is a mistake in the plugin, not in this file",
  ],
  [
    'no options',
    stage('options: undefined'),
    "17:11 SLUICE_COMPONENT_INVALID the plugin: the component odd can't be used: `options` must be a zod 4 schema | this is a mistake in the plugin, not in this file",
  ],
  ['options that are no map', stage('options: z.string()'), '8:5 TYPE `odd`: expected a string, got a map'],
  [
    'options that throw',
    stage('options: z.strictObject({}).transform(() => { throw new Error("no luck") })'),
    '8:5 COMPONENT_BROKEN `odd` failed while its options were read: no luck | this is a mistake in the component, not in this file',
  ],
  [
    'a condition that throws',
    stage('options: z.strictObject({}).refine(() => { throw "no luck" })'),
    '8:5 COMPONENT_BROKEN `odd` failed while its options were read: no luck was thrown, which is not an error | this is a mistake in the component, not in this file',
  ],
  [
    'options that wait',
    stage('options: z.strictObject({}).refine(async () => true)'),
    '8:5 COMPONENT_BROKEN `odd` failed while its options were read: Encountered Promise during synchronous parse. Use .parseAsync() instead. | this is a mistake in the component, not in this file',
  ],
  [
    'a schema that throws',
    stage('options: { _zod: {}, safeParse() { throw new Error("no luck") } }'),
    '8:5 COMPONENT_BROKEN `odd` failed while its options were read: no luck | this is a mistake in the component, not in this file',
  ],
  [
    'a create that throws',
    stage('create() { throw new Error("no luck") }'),
    '6:3 PIPELINE valid: no luck | this is a mistake in the component that the node names, not in the pipeline',
  ],
  [
    'a create that throws nothing',
    stage('create() { throw undefined }'),
    '6:3 PIPELINE valid: undefined was thrown, which is not an error | this is a mistake in the component that the node names, not in the pipeline',
  ],
  [
    'a create that waits',
    stage('async create() { return {} }'),
    '6:3 PIPELINE valid: a stage gives one of map, filter, flatMap, handle; this one gave none | this is a mistake in the component that the node names, not in the pipeline',
  ],
  [
    'a create that gives nothing',
    stage('create() {}'),
    '6:3 PIPELINE valid: a stage gives one of map, filter, flatMap, handle; this one gave none | this is a mistake in the component that the node names, not in the pipeline',
  ],
  [
    'no handler',
    stage('create: () => ({})'),
    '6:3 PIPELINE valid: a stage gives one of map, filter, flatMap, handle; this one gave none | this is a mistake in the component that the node names, not in the pipeline',
  ],
  [
    'two handlers',
    stage('create: () => ({ map() {}, filter() {} })'),
    '6:3 PIPELINE valid: a stage gives one of map, filter, flatMap, handle; this one gave map and filter | this is a mistake in the component that the node names, not in the pipeline',
  ],
  [
    'a handler that is none',
    stage('create: () => ({ map: 3 })'),
    '6:3 PIPELINE valid: a stage gives one of map, filter, flatMap, handle; this one gave none | this is a mistake in the component that the node names, not in the pipeline',
  ],
  [
    'parts that throw',
    stage('parts() { throw new Error("no luck") }'),
    '8:5 COMPONENT_BROKEN `odd` failed while its options were read: no luck | this is a mistake in the component, not in this file',
  ],
  [
    'what is exclusive, and throws',
    stage('exclusive() { throw new Error("no luck") }'),
    '8:5 COMPONENT_BROKEN `odd` failed while its options were read: no luck | this is a mistake in the component, not in this file',
  ],
]

/** Without the name of the file, and without all that what is no component lacks. */
function short(told: string, name: string): string {
  return told
    .replaceAll(/ \([^)]*\.ts(:\d+)?\)/g, '')
    .replaceAll(` \`./${name}\``, '')
    .replace(/; its name must be [^|]* must be a function/, '; …')
}

test.each(PLUGINS)('a plugin that gives %s is told, at its place', async (what, source, told) => {
  const name = `${what.replaceAll(/[^a-z]/g, '-')}.ts`
  write(source, name)
  const problems = await problemsOf(`${filter('odd:')}plugins: [./${name}]\n`)
  expect(problems.map((problem) => short(brief(problem), name))).toEqual([told])
})

test('a plugin that may be odd is otherwise like all others', async () => {
  write(VALID, 'fine.ts')
  expect((await load(`${filter('odd:')}plugins: [./fine.ts]\n`)).warnings).toEqual([])
})
