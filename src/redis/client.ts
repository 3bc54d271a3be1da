import type { ConnectionOptions } from 'node:tls'
import type { Cluster, ClusterOptions, DNSLookupFunction, Redis, RedisOptions as ClientOptions } from 'ioredis'
import { serverOf, type RedisOptions } from './options.ts'
import { tlsOf } from './tls.ts'

/** What a connection is for: `store` for commands that are answered at once, `blocking` for those that wait. */
export type RedisProfile = 'store' | 'blocking'

/** How long things may take, ms, and what a connection is called. */
export interface Limits {
  readonly connectMs: number
  /** From when a command is sent until its answer; for a blocking command its own wait is in it. */
  readonly commandMs: number
  readonly name?: string | undefined
}

export type Client = Redis | Cluster

const LONGEST_RETRY_MS = 300
const KEEP_ALIVE_MS = 5000
/** Redirections of one command; one that a cluster answers with CLUSTERDOWN or TRYAGAIN takes 100 ms. */
const MOST_REDIRECTIONS = 8
/** Shown by CLIENT LIST, where a connection has no name of its own. */
const CONNECTION_NAME = 'sluice'

/**
 * A client that isn't connected yet. ioredis is loaded here, by the first who needs it.
 *
 * @throws SLUICE_REDIS_TLS_FILE
 */
export async function makeClient(options: RedisOptions, limits: Limits): Promise<Client> {
  const tls = await tlsOf(options)
  const common = { ...settingsOf(limits), ...(tls && { tls }) }
  const { Cluster, Redis } = await import('ioredis')
  const { username, password, db, cluster, sentinels, name } = options
  const user = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
  if (cluster !== undefined) {
    return new Cluster([...cluster], clusterSettings({ ...common, ...user }, limits))
  }
  const database = db === undefined ? {} : { db }
  if (sentinels !== undefined) {
    const { sentinelUsername, sentinelPassword } = options
    return new Redis({
      ...common,
      retryStrategy: retryAfter,
      ...user,
      ...database,
      sentinels: [...sentinels],
      name: name!,
      // Only this tells a master from what was one before the failover.
      enableReadyCheck: true,
      sentinelRetryStrategy: retryAfter,
      sentinelCommandTimeout: limits.commandMs,
      ...(sentinelUsername !== undefined && { sentinelUsername }),
      ...(sentinelPassword !== undefined && { sentinelPassword }),
      ...(tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
    })
  }
  const { address, hasTls: _, ...inUrl } = serverOf(options.url)
  return new Redis({ ...common, retryStrategy: retryAfter, ...inUrl, ...user, ...database, ...address })
}

const retryAfter = (attempts: number): number => Math.min(20 * attempts, LONGEST_RETRY_MS)

/**
 * Nothing is sent twice by the client: what was under way when a connection broke is rejected at once (a bound of 0
 * retries), and its owner sends it again under the same id. `autoResendUnfulfilledCommands: false` would be the name for
 * that, but in ioredis 6.0.0 it leaves commands pending for good (ioredis#2193).
 *
 * Two clocks watch each command: its own, and that of the socket, because a peer that is frozen, or gone without a
 * word, is seen by nothing else for a quarter of an hour (ioredis#559).
 */
function settingsOf({ connectMs, commandMs, name }: Limits) {
  return {
    lazyConnect: true,
    connectTimeout: connectMs,
    commandTimeout: commandMs,
    socketTimeout: 2 * commandMs,
    maxRetriesPerRequest: 0,
    keepAlive: KEEP_ALIVE_MS,
    connectionName: name ?? CONNECTION_NAME,
    disableClientInfo: true,
    // The server itself says that it is loading; a client that waits for it says nothing.
    enableReadyCheck: false,
    // After a failover the address leads to another server. 1: connect anew, and don't send again.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
  } satisfies ClientOptions
}

type Settings = ReturnType<typeof settingsOf> & {
  readonly username?: string
  readonly password?: string
  readonly tls?: ConnectionOptions
}

const keepName: DNSLookupFunction = (host, found) => found(null, host)

function clusterSettings(redisOptions: Settings, { commandMs }: Limits) {
  return {
    lazyConnect: true,
    redisOptions,
    clusterRetryStrategy: retryAfter,
    // 0: what was under way when a connection broke is not sent again.
    retryDelayOnFailover: 0,
    maxRedirections: MOST_REDIRECTIONS,
    slotsRefreshTimeout: commandMs,
    // Certificates are for names: a name must not become an address before it is compared.
    ...(redisOptions.tls && { dnsLookup: keepName }),
  } satisfies ClusterOptions
}
