import { asError } from '../core/errors.ts'
import { daemonError } from '../daemon/errors.ts'
import { EXIT } from '../daemon/exit-codes.ts'
import { DEFAULT_ADMIN, openAdmin, type AdminFlags } from './admin-access.ts'
import { exit } from './end.ts'
import { print } from './print.ts'
import { told } from './told.ts'

export interface PauseFlags extends AdminFlags {
  /** At every daemon of the pipeline. */
  readonly all?: boolean
}

/** What is paused, or goes on. */
interface Chosen {
  readonly pipeline: string
  readonly node: string | undefined
}

/** `sluice pause` and `sluice resume`: tells which nodes are paused afterwards. */
export async function actOn(action: 'pause' | 'resume', chosen: Chosen, flags: PauseFlags): Promise<never> {
  try {
    const { paused, told: members } = await ask(action, chosen, flags)
    print(paused.length === 0 ? `nothing of ${chosen.pipeline} is paused\n` : `paused: ${paused.join(', ')}\n`)
    if (members !== undefined) print(`told: ${members.join(', ')}\n`)
    return await exit(EXIT.fine)
  } catch (error) {
    return await exit(told(asError(error)))
  }
}

interface Answer {
  readonly paused: readonly string[]
  /** With `all`: the members of the group. */
  readonly told?: readonly string[]
}

async function ask(action: string, { pipeline, node }: Chosen, flags: PauseFlags): Promise<Answer> {
  const admin = await openAdmin(flags)
  if (admin === undefined) throw daemonError('SLUICE_ADMIN_UNREACHABLE', `no daemon answers at ${DEFAULT_ADMIN}`)
  const query = new URLSearchParams({
    ...(node === undefined ? {} : { node }),
    ...(flags.all === true ? { all: 'true' } : {}),
  })
  const path = `/api/pipelines/${encodeURIComponent(pipeline)}/${action}?${query.toString()}`
  return (await (await admin.ask(path, { method: 'POST' })).json()) as Answer
}
