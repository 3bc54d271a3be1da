import { expect, test } from 'vitest'
import { brief, edited, filter, GOOD, load, pathOf, problemsOf, specOf, write } from './loading.ts'

/** A plugin with a stage `redact`, with other things in its definition. */
function stage(changes = ''): string {
  return `import { defineStage } from 'sluice'
import { z } from 'zod'
export default { ...defineStage({
  name: 'redact',
  summary: 'Blanks the named fields.',
  options: z.strictObject({
    fields: z.array(z.string()).min(1).describe('Fields of \`data\` to blank.'),
    with: z.enum(['null', 'nothing']).default('null'),
  }),
  short: 'fields',
  create: ({ fields }) => ({
    map: (data: Record<string, unknown>) => ({ ...data, ...Object.fromEntries(fields.map((field) => [field, null])) }),
  }),
}), ${changes} }\n`
}

write(stage(), 'redact.ts')
write(stage(), 'again.ts')
write(stage("name: 'filter'"), 'filter.ts')
write(stage("name: 'from'"), 'from.ts')
write(stage('contract: 2'), 'newer.ts')
write(stage("create() { throw new Error('no luck') }"), 'throwing.ts')
write('export const a = 1', 'without.ts')
write('export default {}', 'hollow.ts')
write('const a = {{\n', 'broken.ts')
write('\nthrow new Error("no luck")', 'loud.ts')
write("import 'nowhere'", 'importing.ts')

/** The good file with plugins, and a component in the stage `valid`. */
function withPlugins(plugins: string, component = 'filter: data.amount > 0'): string {
  return `${filter(component)}plugins: ${plugins}\n`
}

/** All that is said about it, each in a line, without the hints. */
async function said(text: string, environment = {}): Promise<string[]> {
  const problems = await problemsOf(text, { environment })
  return problems.map((problem) => brief(problem).split(' | ')[0]!.replaceAll(pathOf('/'), ''))
}

test('a component of a plugin is one like all others', async () => {
  const { nodes } = await specOf(withPlugins('[./redact.ts]', 'redact: { fields: [iban] }'))
  expect(nodes[1]).toMatchObject({ name: 'valid', component: { kind: 'stage', name: 'redact' } })
})

test('so is its short form', async () => {
  const { nodes } = await specOf(withPlugins('[./redact.ts]', 'redact: [iban]'))
  expect(nodes[1]).toMatchObject({ component: { name: 'redact' } })
})

test.each([
  ['redact: { feilds: [iban] }', '8:15 KEY_UNKNOWN `feilds` is not an option of `redact` | did you mean `fields`?'],
  [
    'redact: { fields: [] }',
    '8:23 VALUE `fields`: must have at least 1 entry, got a list of 0 | Fields of `data` to blank.',
  ],
  [
    'redact: { fields: [a], with: nul }',
    '8:34 VALUE `with`: expected `null` or `nothing`, got "nul" | did you mean `null`?',
  ],
  ['redact:', '8:5 KEY_MISSING `redact` needs `fields` | add `fields`. Fields of `data` to blank.'],
  ['redcat: [iban]', '8:5 KEY_UNKNOWN `redcat` is not a setting or a component of a stage | did you mean `redact`?'],
])('mistakes in its options are told as those of built-in components: %s', async (component, told) => {
  expect((await problemsOf(withPlugins('[./redact.ts]', component))).map(brief)).toEqual([told])
})

test.each([
  ['./nowhere.ts', "17:11 SLUICE_MODULE_MISSING the plugin `./nowhere.ts` can't be loaded: there is no such file"],
  [
    'sluice-plugin-a',
    "17:11 SLUICE_MODULE_MISSING the plugin `sluice-plugin-a` can't be loaded: the package is not installed in ",
  ],
  ['./without.ts', "17:11 SLUICE_MODULE_EXPORT the plugin `./without.ts` can't be loaded: it has no default export: "],
  [
    './hollow.ts',
    "17:11 SLUICE_COMPONENT_INVALID the plugin `./hollow.ts`: a component can't be used: it must be made by ",
  ],
  [
    './broken.ts',
    "17:11 SLUICE_MODULE_SYNTAX the plugin `./broken.ts` can't be loaded: syntax error: Unexpected token (broken.ts:1:12)",
  ],
  [
    './loud.ts',
    "17:11 SLUICE_MODULE_THREW the plugin `./loud.ts` can't be loaded: it throws while it is loaded: no luck (loud.ts:2)",
  ],
  [
    './importing.ts',
    "17:11 SLUICE_MODULE_IMPORT the plugin `./importing.ts` can't be loaded: it imports `nowhere`, which is not installed",
  ],
  [
    './newer.ts',
    '17:11 SLUICE_COMPONENT_CONTRACT the plugin `./newer.ts`: the component redact was made for version 2 of ',
  ],
  ['./filter.ts', '17:11 PLUGIN_NAME `./filter.ts` brings a stage `filter`, and one of that name comes with Sluice'],
  ['./from.ts', '17:11 PLUGIN_NAME `./from.ts` brings a stage `from`, and that is a setting of a stage'],
])('a plugin that cannot be used is told where it is named: %s', async (plugin, told) => {
  expect(await said(withPlugins(`[${plugin}]`))).toEqual([expect.stringContaining(told)])
})

test('what is near a path that leads nowhere is named, also where only "./" is missing', async () => {
  const hints = async (plugin: string) => (await problemsOf(withPlugins(`[${plugin}]`))).map(({ hint }) => hint)
  expect(await hints('./redcat.ts')).toEqual(['did you mean `./redact.ts`?'])
  expect(await hints('redact.ts')).toEqual(['did you mean `./redact.ts`?'])
})

test('two plugins with one name are told, with both', async () => {
  const problems = await problemsOf(withPlugins('[./redact.ts, ./again.ts]'))
  expect(problems).toMatchObject([
    {
      code: 'SLUICE_CONFIG_PLUGIN_NAME',
      line: 17,
      column: 24,
      message: '`./again.ts` brings a stage `redact`, and one of that name is in `./redact.ts`',
      related: [{ line: 17, column: 11 }],
    },
  ])
})

test('all plugins are tried, and other mistakes are told too; a component of one that failed is none', async () => {
  const text = withPlugins('[./loud.ts, ./nowhere.ts, 3]', 'whatever: { a: 1 }').replace(
    'concurrency: 8',
    'concurency: 8',
  )
  expect((await said(text)).map((line) => line.split(' ').slice(0, 2))).toEqual([
    ['15:5', 'KEY_UNKNOWN'],
    ['17:11', 'SLUICE_MODULE_THREW'],
    ['17:22', 'SLUICE_MODULE_MISSING'],
    ['17:36', 'TYPE'],
  ])
})

test.each(['{ a: 1 }', './redact.ts', '[[./redact.ts]]', '[""]'])(
  'plugins that are no list of names are told: %s',
  async (plugins) => {
    expect(await said(withPlugins(plugins))).toEqual([expect.stringMatching(/^17:1\d (TYPE|VALUE) `plugins/)])
  },
)

test('what a variable holds is not shown, not even in what the loader says of it', async () => {
  const text = withPlugins('["${PLUGIN}"]')
  expect((await load(text, { environment: { PLUGIN: './redact.ts' } })).warnings).toEqual([])
  const told = JSON.stringify(await problemsOf(text, { environment: { PLUGIN: 'secret-package' } }))
  expect(told).toContain('the plugin `${PLUGIN}`')
  expect(told).not.toContain('secret-package')
})

test('a component that throws while it is made is told at its node, as its own mistake', async () => {
  expect((await problemsOf(withPlugins('[./throwing.ts]', 'redact: [iban]'))).map(brief)).toEqual([
    '6:3 PIPELINE valid: no luck | this is a mistake in the component that the node names, not in the pipeline',
  ])
})

test('a file without plugins loads no module', async () => {
  const none = { load: () => Promise.reject(new Error('a module was loaded')) }
  expect((await load(GOOD, { modules: none as never })).warnings).toEqual([])
  expect((await load(edited('pipeline:', 'plugins: []\npipeline:'), { modules: none as never })).warnings).toEqual([])
})
