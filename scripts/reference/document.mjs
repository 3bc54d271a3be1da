import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { commandLine, PLUGINS } from './command-line.mjs'
import { docstringOf } from './docstring.mjs'
import { anchor, code, either, sentence, table } from './markdown.mjs'
import { optionsTable } from './options.mjs'

/**
 * @typedef {import('./built.mjs').Build} Build
 * @typedef {import('../../src/core/component.ts').Definition} Definition
 * @typedef {Definition['kind']} Kind
 */

/** @type {readonly Kind[]} */
const KINDS = ['producer', 'stage', 'consumer']

const START = `<!-- Made by \`npm run reference\` of what the code says of itself. Change that instead. -->

# Reference

Every setting, component, function, exit code and error code. Numbers such as D21 name the rules of
[the protocol](../src/core/PROTOCOL.md).`

/**
 * The whole reference, as Markdown.
 *
 * @param {Build} build
 */
export async function referenceOf(build) {
  const sections = [
    section('The file', pipelineSettings(build)),
    section('Settings of nodes', nodeSettings(build)),
    ...(await Promise.all(KINDS.map((kind) => components(kind, build)))),
    section('Durations and sizes', UNITS),
    section('Expressions', expressions(build)),
    section('Plugins', PLUGINS),
    section('Command line', commandLine(build)),
    section('Metrics', metrics(build)),
    section('Exit codes', exitCodes(build)),
    section('Error codes', errorCodes(build)),
  ]
  const contents = sections.map(({ title }) => `- [${title}](#${anchor(title)})`).join('\n')
  const texts = sections.map(({ title, text }) => `## ${title}\n\n${text}`)
  return `${[START, contents, ...texts].join('\n\n')}\n`
}

/**
 * @param {string} title
 * @param {string} text
 */
const section = (title, text) => ({ title, text })

/** @param {z.ZodType} schema */
const jsonSchema = (schema) =>
  /** @type {import('./options.mjs').Schema} */ (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))

/** @param {Build} build */
function pipelineSettings({ settings }) {
  return `A file holds one pipeline. At its top stand these settings, and the sections \`producers\`, \`stages\` and \`consumers\`,
each a map of names to nodes. A name, of a pipeline or a node, starts with a small letter; small letters, digits, \`-\` and
\`_\` follow, 63 characters at most. \`\${NAME}\` inside a value is replaced by the environment variable of that name,
\`\${NAME:-text}\` by the text where there is none.

${optionsTable(jsonSchema(settings.pipelineSettings))}`
}

/** @param {Build} build */
function nodeSettings({ settings }) {
  const kinds = KINDS.map((kind) => {
    const names = settings.SETTINGS_OF[kind].map(code).join(', ')
    return `- **${kind}s** have ${names}`
  })
  const letters = settings.settingsOf('deadLetters').map(code).join(', ')
  return `A node names exactly one component, with its options; beside it stand the settings that every node of its kind has:

${kinds.join('\n')}
- the consumer of **dead letters**, which stands at \`deadLetters\` of the pipeline, has ${letters}

${either(settings.HOLDING_SETTINGS.map(code))} may only stand at a component that holds messages between calls.

${optionsTable(jsonSchema(settings.nodeSettings))}`
}

/**
 * @param {Kind} kind
 * @param {Build} build
 */
async function components(kind, { registry }) {
  const names = await registry.names(kind)
  const definitions = await Promise.all(names.map((name) => registry.load(kind, name)))
  const list = definitions.map(({ name, summary }) => `- [${name}](#${anchor(name)}): ${summary}`).join('\n')
  return section(`${sentence(kind).slice(0, -1)}s`, [list, ...definitions.map(component)].join('\n\n'))
}

/** @param {Definition} definition */
function component({ kind, name, options, short, ...definition }) {
  const source = readFileSync(new URL(`../../src/${kind}s/${name}.ts`, import.meta.url), 'utf8')
  const { text, facts } = docstringOf(source)
  const notes = [
    ...[...facts].map(([fact, what]) => `- **${fact}**: ${what}`),
    ...('holds' in definition && definition.holds ? ['- **Holds** messages between calls: see `maxHeld`.'] : []),
  ]
  const schema = jsonSchema(options)
  const hasOptions = Object.keys(schema.properties ?? {}).length > 0
  return [
    `### ${name}`,
    text,
    notes.join('\n'),
    ...(short === undefined ? [] : [`\`${name}: x\` is short for \`${name}: { ${short}: x }\`.`]),
    hasOptions ? optionsTable(schema) : `It has no options: \`${name}: {}\`.`,
  ].join('\n\n')
}

const UNITS = `A duration is a number with a unit, as \`200ms\`, \`1.5s\`, \`1m\`, \`1h\` or \`2d\`; it comes to whole milliseconds. A size is
one as \`512B\`, \`64KiB\`, \`1MB\` or \`10GiB\`: KB, MB, GB and TB are powers of 1000, KiB, MiB, GiB and TiB of 1024; it comes
to whole bytes. A number without a unit is a mistake.`

/** @param {Build} build */
function expressions({ names, functions }) {
  const nameRows = Object.entries(names).map(([name, { summary }]) => [code(name), summary])
  const functionRows = Object.values(functions).map(({ signature, summary }) => [code(signature), summary])
  return `An expression is JavaScript's, as \`data.amountMinor > 0 && key !== "test"\`, without anything that acts: it assigns
nothing, makes no functions, and calls only those below. A field that is missing gives \`undefined\`, also further in, and
only own fields are seen. In YAML it goes in quotes where it starts with a quote, a bracket, \`!\`, \`*\` or \`&\`, where it has a
colon or a \`#\` beside a space, and, inside \`{ }\` or \`[ ]\`, where it has a comma or a bracket. Whoever forgets that is told.

It sees:

${table(['Name', 'What it is'], nameRows)}

and can call:

${table(['Function', 'What it gives'], functionRows)}`
}

/** @param {Build} build */
function metrics({ metrics: families }) {
  const intro = `What \`/metrics\` of the admin server shows, as text that Prometheus reads. A name that ends in \`_total\` is a counter
since the start, any other a gauge; its last word but that is the unit. All of a scrape is read at once.`
  const tables = families.map(({ title, metrics: rows }) => {
    const cells = rows.map(({ name, labels, help }) => [code(name), labels.map(code).join(', '), sentence(help)])
    return `### ${title}\n\n${table(['Metric', 'Labels', 'What it says'], cells)}`
  })
  return [intro, ...tables].join('\n\n')
}

/** @param {Build} build */
function exitCodes({ exits }) {
  return table(
    ['Code', 'What it says'],
    Object.entries(exits).map(([exit, meaning]) => [code(Number(exit)), sentence(meaning)]),
  )
}

/** @param {Build} build */
function errorCodes({ errors }) {
  const intro = `A code is never used for something else later. Of the *message* is what would happen to the same message again, of the
*place* what would happen to any message just now.`
  const tables = errors.map(({ title, about, entries }) => {
    const rows = Object.entries(entries).map(([name, { summary, hint, kind, status, exitCode }]) => [
      code(name),
      kind ?? '',
      String(status ?? ''),
      String(exitCode ?? ''),
      sentence(summary),
      hint === undefined ? '' : sentence(hint),
    ])
    const titles = ['Code', 'Of the', 'Status', 'Exit code', 'What happened', 'What to do']
    return `### ${title}\n\n${about}\n\n${table(titles, rows)}`
  })
  return [intro, ...tables].join('\n\n')
}
