import { InvalidArgumentError, type Command } from 'commander'
import { RECORDINGS_FOLDER } from '../daemon/recordings/recordings-folder.ts'
import { withAdmin } from './admin-address.ts'
import { command } from './command.ts'
import type { DumpFlags } from './dump.ts'

const TOLD = 40
const MOST_EVENTS = 4096

const NOTES = `
The flight recorder of each pipeline is always on, and remembers its last ${MOST_EVENTS} events: who asked for how many messages,
who gave and handled how many. No data, key, id or header of any message is in a recording.

Examples:
  $ sluice dump                               of every pipeline, into ${RECORDINGS_FOLDER}
  $ sluice dump payments --output - | gzip >payments.json.gz
  $ sluice dump --read ${RECORDINGS_FOLDER}/payments-20260131T120000123Z-stall.json`

/** `sluice dump`, whose code is loaded when it runs. */
export function dumpCommand(): Command {
  const made = command(
    'dump',
    'Write down what the flight recorders of a running daemon remember, or read such a file.',
  )
    .argument('[pipeline...]', 'whose; all of them where none is named')
    .option('--output <folder>', `where to; - is standard output; ${RECORDINGS_FOLDER} by default`)
  return withAdmin(made)
    .option('--read <file>', 'tell in words what is in a recording, and ask no daemon')
    .option('--events <n>', `how many of the last events to tell with --read, ${MOST_EVENTS} at most`, events, TOLD)
    .addHelpText('after', NOTES)
    .action(async (pipelines: string[], flags: DumpFlags) => {
      const { dump } = await import('./dump.ts')
      await dump(pipelines, flags)
    })
}

function events(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) <= MOST_EVENTS) return Number(text)
  throw new InvalidArgumentError(`A number of events is one from 0 to ${MOST_EVENTS}.`)
}
