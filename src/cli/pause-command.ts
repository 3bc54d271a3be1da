import type { Command } from 'commander'
import { withAdmin } from './admin-address.ts'
import { command } from './command.ts'
import type { PauseFlags } from './pause.ts'

const PAUSE_NOTES = `
Without a node every producer is paused: what is under way comes to its end, and nothing new is asked for; what was asked for
before and had not come, as of a Redis that has nothing, still comes once. A door as \`http\` refuses what its queue has no
room for. A paused node takes nothing: what comes waits before it, or in its overflow. \`sluice resume\` goes on; so does
a restart of the daemon. While all producers are paused, /ready answers 503.

With --all every daemon of the pipeline does so that is in its \`group\`, also one that is away when it comes back; one that
is new learns nothing of it.

Examples:
  $ sluice pause payments
  $ sluice pause payments ledger
  $ sluice pause payments --all          at every daemon of its group`

const RESUME_NOTES = `
Examples:
  $ sluice resume payments               everything that is paused
  $ sluice resume payments ledger
  $ sluice resume payments --all         at every daemon of its group`

/** `sluice pause`, whose code is loaded when it runs. */
export function pauseCommand(): Command {
  return acting('pause', 'Withhold demand from a pipeline of a running daemon, or from a node of it.', PAUSE_NOTES)
}

/** `sluice resume` */
export function resumeCommand(): Command {
  return acting('resume', 'Let a pipeline, or a node of it, go on that was paused.', RESUME_NOTES)
}

function acting(action: 'pause' | 'resume', description: string, notes: string): Command {
  const made = command(action, description)
    .argument('<pipeline>', 'the name of the pipeline')
    .argument('[node]', 'the name of a node')
    .option('--all', 'at every daemon that runs the pipeline, through its `group`')
  return withAdmin(made)
    .addHelpText('after', notes)
    .action(async (pipeline: string, node: string | undefined, flags: PauseFlags) => {
      const { actOn } = await import('./pause.ts')
      await actOn(action, { pipeline, node }, flags)
    })
}
