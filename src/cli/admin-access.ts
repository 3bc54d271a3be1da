import { asError, placeError } from '../core/errors.ts'
import { adminToken } from '../daemon/admin-token.ts'
import { daemonError } from '../daemon/errors.ts'
import { quote } from '../kit/text.ts'

/** Where the admin server of a daemon is looked for, and what it is shown. */
export interface AdminFlags {
  /** A URL. */
  readonly admin?: string
  readonly adminTokenFile?: string
}

/** The admin server of a daemon that runs. */
export interface AdminAccess {
  /** The names of its pipelines. */
  readonly pipelines: readonly string[]
  /** @throws what is answered in place of what was asked for, as an error with its code. */
  ask(path: string, init?: RequestInit): Promise<Response>
}

export const DEFAULT_ADMIN = 'http://127.0.0.1:9464'

/** What `/health` says; without a token no more than that it lives. */
interface Health {
  readonly status?: string
  readonly pipelines?: readonly { readonly name: string }[]
}

/**
 * @returns undefined where nothing answers, and no address was given
 * @throws SLUICE_ADMIN_…
 */
export async function openAdmin({ admin, adminTokenFile }: AdminFlags): Promise<AdminAccess | undefined> {
  const url = admin ?? DEFAULT_ADMIN
  const token = adminToken({ host: '127.0.0.1', token: process.env['SLUICE_ADMIN_TOKEN'], tokenFile: adminTokenFile })
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  let health: Response
  try {
    health = await fetch(new URL('/health', url), { headers })
  } catch (error) {
    if (admin === undefined) return undefined
    throw daemonError('SLUICE_ADMIN_UNREACHABLE', `nothing answers at ${quote(url, 200)}`, asError(error).cause)
  }
  const { status, pipelines } = (await health.json().catch(() => ({}))) as Health
  if (status !== 'ok' && status !== 'degraded') {
    const problem = `what answers at ${quote(url, 200)} is not the admin server of Sluice`
    throw daemonError('SLUICE_ADMIN_UNREACHABLE', problem)
  }
  if (pipelines === undefined) throw daemonError('SLUICE_ADMIN_TOKEN_WRONG')
  return {
    pipelines: pipelines.map(({ name }) => name),
    ask: async (path, init) => await checked(await fetched(new URL(path, url), { ...init, headers })),
  }
}

/** An answer that is good. @throws what is said in place of it, as an error with its code. */
export async function checked(response: Response): Promise<Response> {
  if (response.ok) return response
  const { code, message } = (await response.json()) as { code: string; message: string }
  throw placeError(code, message)
}

async function fetched(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    const problem = `the daemon has ended, or is out of reach, before it answered; what it did until then is done`
    throw daemonError('SLUICE_ADMIN_UNREACHABLE', problem, asError(error).cause)
  }
}
