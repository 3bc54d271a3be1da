import { code, table } from './markdown.mjs'

/**
 * @typedef {import('./built.mjs').Build} Build
 * @typedef {import('commander').Command} Command
 */

export const PLUGINS = `A plugin is an ES module that exports by default what \`defineProducer\`, \`defineStage\` or \`defineConsumer\` gives, or a list
of them. \`plugins:\` names it by its path, from the file on (\`./plugins/redact.ts\`), or as a package that is installed
there. TypeScript (\`.ts\`, \`.mts\`) needs no build step. \`sluice\` is always the Sluice that runs, and \`zod\` is lent where the
folder has none. Its components are like those that come with Sluice: the same checks, the same short forms, the same
metrics. A name that is taken is refused, and so is a component that was made for another version of the contract.

A module is loaded within 30 s. What takes time belongs in \`open\`, which may take \`startTimeout\`.`

const VERDICT = [
  ['ok', 'Whether everything is right.'],
  ['exitCode', 'What the process exits with.'],
  ['files', 'The files that were looked at.'],
  [
    'problems',
    'Errors and warnings: each with `code`, `severity` (`error` or `warning`), `file`, `path` (keys and indices from the top) and `message`; where they are known also `line`, `column`, `endLine`, `endColumn` (from 1, columns in UTF-16 units, the end exclusive), `expected`, `nearest` (the name that was probably meant), `hint`, and `related` places with `file`, `line`, `column` and `message`.',
  ],
  ['omitted', 'How many errors are not listed: of a file the first 200 are.'],
  [
    'pipelines',
    'Those that could be read: each with `file`, `name` and `nodes`; a node has `name`, `kind`, `component`, `from`, and with `--connect` `opened`, and where that is false `error` with `code`, `message` and `hint`.',
  ],
]

/**
 * Every command, by what its own help says.
 *
 * @param {Build} build
 */
export function commandLine({ commands }) {
  const parts = commands.commands.map(oneCommand)
  const folders = `A folder stands for its \`.yaml\`, \`.yml\`, \`.ts\`, \`.mts\`, \`.js\` and \`.mjs\` files, in the order of their names, without \`.d.ts\`,
\`*.test.*\` and what is in folders below it. A module exports by default what \`definePipeline\` gives, or a list of them. All
mistakes of all files are told before anything starts. Pipelines of one process share its memory equally, unless they say
\`memory\`; two can't have one name, port or file. \`validate\` judges files as \`run\` would run them: together.`
  const verdict = `\`validate --json\` prints one JSON document. Fields may be added; those that are there keep their meaning:

${table(
  ['Field', 'What it is'],
  VERDICT.map(([name = '', what]) => [code(name), what]),
)}`
  return [...parts, folders, verdict].join('\n\n')
}

/** @param {Command} command */
function oneCommand(command) {
  const help = command.createHelp()
  const rows = [
    ...help.visibleArguments(command).map((argument) => [code(help.argumentTerm(argument)), argument.description]),
    ...help.visibleOptions(command).map((option) => [code(help.optionTerm(option)), help.optionDescription(option)]),
  ]
  const usage = `sluice ${command.name()} ${command.usage()}`
  return `### sluice ${command.name()}\n\n${command.description()} \`${usage}\`\n\n${table(['Argument', 'What it says'], rows)}`
}
