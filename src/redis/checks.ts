import { SluiceError } from '../core/errors.ts'
import type { RedisConnection, RedisServer } from './connection.ts'
import { redisError } from './errors.ts'
import { permissionProblem } from './permissions.ts'
import type { RedisCommand } from './sender.ts'
import { isOlder, settingsOf, type ServerSettings } from './server-settings.ts'

/**
 * What must not happen to what is stored: `memory`, that it is evicted; `aof`, that it is lost when the server ends
 * (a power cut may take the last two seconds); `aof-always`, that a power cut takes any; `replicated`, that it is lost
 * with its server, beyond what a failover may take.
 */
export type Durability = 'memory' | 'aof' | 'aof-always' | 'replicated'

export interface ServerRequirements {
  readonly durability: Durability
  /** Each command that will be sent, with keys as they will be: permissions are for both. None of them is run. */
  readonly commands: readonly RedisCommand[]
  /** Whether leases are taken, whose script must run when the memory is full (Redis 7.0). */
  readonly takesLeases?: boolean
}

const OLDEST = '6.2.0'
const OLDEST_FOR_LEASES = '7.0.0'

/**
 * Compares every server that takes writes with what is asked for, before the first message.
 *
 * @returns what could not be seen, or is unwise, in sentences for the log
 * @throws SLUICE_REDIS_TOO_OLD, SLUICE_REDIS_READONLY, SLUICE_REDIS_EVICTS, SLUICE_REDIS_NOT_DURABLE,
 *   SLUICE_REDIS_NOT_REPLICATED, SLUICE_REDIS_NOT_PERMITTED, each with the setting to change; and what keeps a server
 *   from answering
 */
export async function checkServers(connection: RedisConnection, required: ServerRequirements): Promise<string[]> {
  const notes: string[] = []
  for (const server of connection.servers()) {
    notes.push(...(await checkServer(server, required)))
  }
  return notes
}

async function checkServer(server: RedisServer, required: ServerRequirements): Promise<string[]> {
  const settings = await settingsOf(server)
  const problem = settings && problemOf(server.address, settings, required)
  if (problem !== undefined) throw problem
  // Behind the settings: a replica refuses all that writes, whoever asks.
  const refusal = await permissionProblem(server, required.commands)
  if (refusal instanceof SluiceError) throw refusal
  const unseen = `the user may run neither INFO nor CONFIG GET at ${server.address}: its settings can't be checked`
  const remarks = settings === undefined ? [unseen] : remarksOn(server.address, settings, required.durability)
  return refusal === undefined ? remarks : [refusal, ...remarks]
}

function problemOf(
  address: string,
  settings: ServerSettings,
  { durability, takesLeases = false }: ServerRequirements,
): SluiceError | undefined {
  const { version, role, policy } = settings
  const oldest = takesLeases ? OLDEST_FOR_LEASES : OLDEST
  if (version !== undefined && isOlder(version, oldest)) {
    return redisError('SLUICE_REDIS_TOO_OLD', `Redis ${version} at ${address}: ${oldest} or newer is needed`)
  }
  if (role === 'slave') {
    return redisError(
      'SLUICE_REDIS_READONLY',
      `${address} is a replica of another server: give the address of its master`,
    )
  }
  if (policy !== undefined && policy !== 'noeviction') {
    const message = `${address} has \`maxmemory-policy ${policy}\`, which throws stored messages away: set \`maxmemory-policy noeviction\``
    return redisError('SLUICE_REDIS_EVICTS', message)
  }
  return durabilityProblem(address, settings, durability)
}

function durabilityProblem(address: string, settings: ServerSettings, durability: Durability): SluiceError | undefined {
  if (durability === 'memory') return undefined
  const { isAppending, fsync, replicas, minReplicas } = settings
  const refuse = (has: string, set: string): SluiceError =>
    redisError(
      'SLUICE_REDIS_NOT_DURABLE',
      `${address} has \`${has}\`, for \`durability: ${durability}\` set \`${set}\``,
    )
  if (isAppending === false) return refuse('appendonly no', 'appendonly yes')
  if (durability === 'aof-always' && fsync !== undefined && fsync !== 'always') {
    return refuse(`appendfsync ${fsync}`, 'appendfsync always')
  }
  if (fsync === 'no') return refuse('appendfsync no', 'appendfsync everysec')
  if (durability !== 'replicated') return undefined
  if (replicas === 0) {
    return redisError('SLUICE_REDIS_NOT_REPLICATED', `${address} has no replica that is connected: connect one`)
  }
  if (minReplicas === 0) {
    const message = `${address} has \`min-replicas-to-write 0\`, so that it takes writes without a replica: set \`min-replicas-to-write 1\``
    return redisError('SLUICE_REDIS_NOT_REPLICATED', message)
  }
  return undefined
}

/** What isn't wrong, but should be known. */
function remarksOn(address: string, settings: ServerSettings, durability: Durability): string[] {
  const { policy, maxMemoryBytes, isAppending, fsync, replicas, minReplicas } = settings
  const remarks: string[] = []
  const unseen = [
    ...(policy === undefined ? ['maxmemory-policy'] : []),
    ...(durability !== 'memory' && isAppending === undefined ? ['appendonly'] : []),
    ...(durability !== 'memory' && fsync === undefined ? ['appendfsync'] : []),
    ...(durability === 'replicated' && minReplicas === undefined ? ['min-replicas-to-write'] : []),
    ...(durability === 'replicated' && replicas === undefined ? ['its replicas'] : []),
  ]
  if (unseen.length > 0) {
    remarks.push(`the user may not run CONFIG GET at ${address}: ${unseen.join(', ')} can't be checked`)
  }
  if (maxMemoryBytes === 0) {
    remarks.push(`${address} has no \`maxmemory\`: when what is stored fills the machine, the system ends the server`)
  }
  return remarks
}
