import { CommanderError, InvalidArgumentError, type Command } from 'commander'
import { EXIT, EXIT_MEANINGS } from '../daemon/exit-codes.ts'
import { RECORDINGS_FOLDER } from '../daemon/recordings/recordings-folder.ts'
import { version } from '../daemon/version.ts'
import { command } from './command.ts'
import { deadLettersCommand } from './dead-letters-command.ts'
import { overflowCommand } from './overflow-command.ts'
import { dumpCommand } from './dump-command.ts'
import { pauseCommand, resumeCommand } from './pause-command.ts'
import type { RunFlags } from './run.ts'
import type { ValidateFlags } from './validate.ts'

const DEFAULT_ADMIN_PORT = 9464
const LAST_PORT = 65_535

const EXAMPLES = `
Examples:
  $ sluice validate config/payments.yaml      say what is wrong, or what would run
  $ sluice run config/payments.yaml           run it; Ctrl-C drains and stops
  $ sluice run config/shell-filter.yaml <in.ndjson >out.ndjson`

const RUN_NOTES = `
Standard output carries only the data of a \`stdout\` consumer; logs go to standard error, as JSON unless that is a terminal.
SIGTERM, SIGINT and SIGHUP finish what is under way within \`stopTimeout\` (25s by default); a second one stops at once.
SIGQUIT (Ctrl-\\) writes what the flight recorder of each pipeline remembers into the folder of --recordings, and runs on.

Exit codes:
${exitCodes()}`

/**
 * The command line. A command's code is loaded when it runs.
 *
 * @param args without the interpreter and the script
 * @returns what to exit with
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await commandLine().parseAsync(args, { from: 'user' })
    return EXIT.fine
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? EXIT.fine : EXIT.usage
  }
}

/** All commands, with what their help says of them. */
export function commandLine(): Command {
  return command('sluice', 'Stream processing on demand: nothing moves until the next node asks for it.')
    .version(version(), '-v, --version', 'show the version')
    .addHelpText('after', EXAMPLES)
    .addCommand(runCommand())
    .addCommand(validateCommand())
    .addCommand(schemaCommand())
    .addCommand(deadLettersCommand())
    .addCommand(overflowCommand())
    .addCommand(pauseCommand())
    .addCommand(resumeCommand())
    .addCommand(dumpCommand())
}

function runCommand(): Command {
  return command('run', 'Run pipelines, in one process, until they end or are stopped.')
    .argument('<file...>', 'YAML files, modules (.ts, .mts, .js, .mjs), or folders of them')
    .option('--admin-port <port>', 'port of /health, /ready and /metrics; 0 picks one', port, DEFAULT_ADMIN_PORT)
    .option('--admin-host <address>', 'where they listen; another address than 127.0.0.1 needs a token', address)
    .option('--admin-token-file <file>', 'a file with their token, instead of SLUICE_ADMIN_TOKEN')
    .option(
      '--admin-allow-host <name>',
      'another name to ask them under, as of a proxy; may stand several times',
      hosts,
    )
    .option(
      '--recordings <folder>',
      'where to write what the flight recorder remembers when a node stalls',
      RECORDINGS_FOLDER,
    )
    .addHelpText('after', RUN_NOTES)
    .action(async (files: string[], options: RunFlags) => {
      const { run } = await import('./run.ts')
      await run(files, options)
    })
}

function validateCommand(): Command {
  return command('validate', 'Check files: all mistakes at once, each with its line; nothing is opened.')
    .argument('<file...>', 'YAML files, modules (.ts, .mts, .js, .mjs), or folders of them')
    .option('--connect', 'open every node as well, and let go of it again; no message is taken')
    .option('--json', 'print one JSON document instead of text')
    .action(async (files: string[], flags: ValidateFlags) => {
      const { validate } = await import('./validate.ts')
      await validate(files, flags)
    })
}

function schemaCommand(): Command {
  return command('schema', 'Print the JSON Schema of a YAML file, for editors.')
    .argument('[file]', 'a YAML file whose plugins it is to know, too')
    .action(async (file: string | undefined) => {
      const { schema } = await import('./schema.ts')
      await schema(file)
    })
}

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= LAST_PORT) return Number(text)
  throw new InvalidArgumentError(`A port is a number from 0 to ${LAST_PORT}.`)
}

/** Nothing at all would be every address. */
function address(text: string): string {
  if (/^\S+$/.test(text)) return text
  throw new InvalidArgumentError('An address is one as 10.0.0.7 or ::1, or a name of this machine.')
}

function hosts(text: string, before: readonly string[] = []): readonly string[] {
  if (/^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])$/.test(text)) return [...before, text]
  throw new InvalidArgumentError('A name stands alone, as sluice.example or 10.0.0.7, without a port.')
}

function exitCodes(): string {
  const lines = Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `${code.padStart(3)}  ${meaning}`)
  return lines.join('\n')
}
