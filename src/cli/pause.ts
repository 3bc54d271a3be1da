import { asError } from '../core/errors.ts'
import { daemonError } from '../daemon/errors.ts'
import { EXIT } from '../daemon/exit-codes.ts'
import { DEFAULT_ADMIN, openAdmin, type AdminFlags } from './admin-access.ts'
import { exit } from './end.ts'
import { print } from './print.ts'
import { told } from './told.ts'

export type PauseFlags = AdminFlags

/** What is paused, or goes on. */
interface Chosen {
  readonly pipeline: string
  readonly node: string | undefined
}

/** `sluice pause` and `sluice resume`: tells which nodes are paused afterwards. */
export async function actOn(action: 'pause' | 'resume', chosen: Chosen, flags: PauseFlags): Promise<never> {
  try {
    const paused = await ask(action, chosen, flags)
    print(paused.length === 0 ? `nothing of ${chosen.pipeline} is paused\n` : `paused: ${paused.join(', ')}\n`)
    return await exit(EXIT.fine)
  } catch (error) {
    return await exit(told(asError(error)))
  }
}

async function ask(action: string, { pipeline, node }: Chosen, flags: PauseFlags): Promise<readonly string[]> {
  const admin = await openAdmin(flags)
  if (admin === undefined) throw daemonError('SLUICE_ADMIN_UNREACHABLE', `no daemon answers at ${DEFAULT_ADMIN}`)
  const query = node === undefined ? '' : `?node=${encodeURIComponent(node)}`
  const path = `/api/pipelines/${encodeURIComponent(pipeline)}/${action}${query}`
  const { paused } = (await (await admin.ask(path, { method: 'POST' })).json()) as { paused: readonly string[] }
  return paused
}
