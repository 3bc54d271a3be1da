import { InvalidArgumentError, type Command } from 'commander'
import { withAdmin } from './admin-address.ts'
import { command } from './command.ts'
import type { LetterFlags } from './dead-letters.ts'

const MOST = 1000
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const NOTES = `
Asks the daemon that runs, at --admin; where none does, opens the store itself: that of --config or --folder.

Examples:
  $ sluice dead-letters list --node ledger --since 1h
  $ sluice dead-letters show ingress:k3x-7
  $ sluice dead-letters edit ingress:k3x-7 '{"id":"p-2","amountMinor":1250,"currency":"EUR"}'
  $ sluice dead-letters retry ingress:k3x-7
  $ sluice dead-letters export --code REFUSED >refused.ndjson
  $ sluice dead-letters purge --before 30d`

/** `sluice dead-letters`, whose code is loaded when it runs. */
export function deadLettersCommand(): Command {
  const group = command('dead-letters', 'Look at messages that failed for good; try them again, change or remove them.')
  group.addHelpText('after', NOTES)
  group.addCommand(
    filtered(one('list', 'List letters, the newest first.'))
      .option('--count <n>', `how many, ${MOST} at most`, count, 100)
      .option('--oldest', 'the oldest first')
      .option('--after <place>', 'go on where the page before ended')
      .option('--json', 'print one JSON document instead of a table')
      .action(async (flags: LetterFlags) => (await actions()).list(flags)),
  )
  group.addCommand(
    one('show', 'Show a letter: its message, and why it failed.')
      .argument('<id>', 'the id of the message')
      .option('--json', 'print one JSON document instead of text')
      .action(async (id: string, flags: LetterFlags) => (await actions()).show(id, flags)),
  )
  group.addCommand(
    filtered(one('retry', 'Put letters back at the node that failed them, in the pipeline that runs.'))
      .argument('[id...]', 'ids of messages; or a filter')
      .option('--all', 'all letters')
      .action(async (ids: string[], flags: LetterFlags) => (await actions()).retry(ids, flags)),
  )
  addChanges(group)
  return group
}

function addChanges(group: Command): void {
  group.addCommand(
    one('edit', 'Give a letter other data, for the next retry.')
      .argument('<id>', 'the id of the message')
      .argument('[data]', 'the data as JSON; standard input where it is left out')
      .action(async (id: string, data: string | undefined, flags: LetterFlags) =>
        (await actions()).edit({ id, data }, flags),
      ),
  )
  group.addCommand(
    filtered(one('purge', 'Remove letters for good.'))
      .argument('[id...]', 'ids of messages; or a filter')
      .option('--yes', 'all letters, where there is no filter')
      .action(async (ids: string[], flags: LetterFlags) => (await actions()).purge(ids, flags)),
  )
  group.addCommand(
    filtered(one('export', 'Write letters as lines of JSON.'))
      .option('--output <file>', 'a file that only its owner may read, instead of standard output')
      .option('--force', 'write over a file that is there already')
      .action(async (flags: LetterFlags) => (await actions()).exportAll(flags)),
  )
}

const actions = () => import('./dead-letters.ts')

/** A command with what says where the letters are. */
function one(name: string, description: string): Command {
  const given = command(name, description, 'dead-letters ')
  given.option('--pipeline <name>', 'whose letters; needed where several pipelines run')
  return withAdmin(given)
    .option('--config <file>', 'the file of the pipeline, where it does not run')
    .option('--folder <folder>', 'the folder of the store, where no daemon runs')
}

function filtered(given: Command): Command {
  return given
    .option('--node <name>', 'only what this node failed')
    .option('--code <code>', 'only with this code of the error')
    .option('--text <text>', 'only with this in the id')
    .option('--since <time>', 'only what failed since: 1h, 30m, 2d, or 2026-01-31T12:00:00Z', time)
    .option('--before <time>', 'only what failed before', time)
}

function count(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST) return Number(text)
  throw new InvalidArgumentError(`A count is a number from 1 to ${MOST}.`)
}

function time(text: string): number {
  const [, amount, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? []
  const ms = unit === undefined ? Date.parse(text) : Date.now() - Number(amount) * UNITS[unit]!
  if (Number.isFinite(ms)) return ms
  throw new InvalidArgumentError('A time is how long ago, as 30m, 1h or 2d, or as 2026-01-31T12:00:00Z.')
}
