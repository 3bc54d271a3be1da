import { InvalidArgumentError, type Command } from 'commander'
import { withAdmin } from './admin-address.ts'
import { command } from './command.ts'
import type { OverflowFlags } from './overflow.ts'

const MOST = 10_000

const NOTES = `
An overflow is named by its edge, as \`batches.ledger\`, that of a durable producer by its name, as \`ingress\`; one that a
consumer \`overflow\` fills and a producer \`overflow\` drains by theirs, as \`pair:orders\` (with --config). \`list\` and
\`show\` ask the daemon that runs, at --admin; where none does, and for all others, the store of --config is opened, which one
process at a time has: stop the pipeline first. One in Redis can be listed and shown while somebody has it.

What is stored for an edge that the pipeline has no more is \`orphaned\`, and \`sluice run\` refuses to leave it behind: put the
overflow back, or adopt, export or purge what it has stored. An adoption that was ended in between goes on where it was.
\`drain\` opens the nodes below the edge and nothing else, and exits with 0 when nothing is left; what can't be delivered
stays stored.

Examples:
  $ sluice overflow list
  $ sluice overflow show batches.ledger --config config/payments.yaml
  $ sluice overflow peek ingress --count 3 --config config/payments.yaml
  $ sluice overflow export ingress --config config/payments.yaml >stored.ndjson
  $ sluice overflow purge ingress --yes --config config/payments.yaml
  $ sluice overflow adopt batches.ledger --into batches.book --config config/payments.yaml
  $ sluice overflow drain ingress --timeout 10m --config config/payments.yaml`

/** `sluice overflow`, whose code is loaded when it runs. */
export function overflowCommand(): Command {
  const group = command('overflow', 'Look at what is stored on its way through a pipeline; export, move or remove it.')
  group.addHelpText('after', NOTES)
  addLooks(group)
  addChanges(group)
  return group
}

function addLooks(group: Command): void {
  group.addCommand(
    live(one('list', 'List overflows, with how much is stored in each.')).action(async (flags: OverflowFlags) =>
      (await actions()).list(flags),
    ),
  )
  group.addCommand(
    live(one('show', 'Show an overflow: what is stored, since when, and what keeps it from going on.'))
      .argument('<edge>', 'as `batches.ledger`, or `ingress`')
      .action(async (edge: string, flags: OverflowFlags) => (await actions()).show(edge, flags)),
  )
  group.addCommand(
    one('peek', 'Print the first messages that are stored, as lines of JSON; they stay.')
      .argument('<edge>', 'as `batches.ledger`, or `ingress`')
      .option('--count <n>', `how many, ${MOST} at most`, count, 10)
      .action(async (edge: string, flags: OverflowFlags) => (await actions()).peek(edge, flags)),
  )
  group.addCommand(
    one('export', 'Write all messages that are stored as lines of JSON; they stay.')
      .argument('<edge>', 'as `batches.ledger`, or `ingress`')
      .option('--output <file>', 'a file that only its owner may read, instead of standard output')
      .option('--force', 'write over a file that is there already')
      .action(async (edge: string, flags: OverflowFlags) => (await actions()).exportAll(edge, flags)),
  )
}

function addChanges(group: Command): void {
  group.addCommand(
    one('purge', 'Remove all messages that are stored, for good.')
      .argument('<edge>', 'as `batches.ledger`, or `ingress`')
      .option('--yes', 'that this is meant')
      .action(async (edge: string, flags: OverflowFlags) => (await actions()).purge(edge, flags)),
  )
  group.addCommand(
    one('adopt', 'Move all messages that are stored behind those of another overflow, in their order.')
      .argument('<edge>', 'as `batches.ledger`, or `ingress`')
      .requiredOption('--into <edge>', 'an overflow of the pipeline, which delivers them from then on')
      .action(async (edge: string, flags: OverflowFlags & { readonly into: string }) =>
        (await actions()).adopt(edge, flags),
      ),
  )
  group.addCommand(
    one('drain', 'Deliver all messages that are stored to the nodes below, without anything new, and end.')
      .argument('<edge>', 'as `batches.ledger`, or `ingress`')
      .option('--timeout <duration>', 'how long that may take, as `10m`; what is left stays stored')
      .action(async (edge: string, flags: OverflowFlags) => (await actions()).drain(edge, flags)),
  )
}

const actions = () => import('./overflow.ts')

/** A command with what says where the stores are. */
function one(name: string, description: string): Command {
  return command(name, description, 'overflow ')
    .option('--config <file>', 'the file of the pipeline, where it does not run')
    .option('--pipeline <name>', 'whose overflows; needed where there are several pipelines')
}

function live(given: Command): Command {
  return withAdmin(given).option('--json', 'print one JSON document instead of text')
}

function count(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST) return Number(text)
  throw new InvalidArgumentError(`A count is a number from 1 to ${MOST}.`)
}
