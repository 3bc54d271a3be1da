import { errorOf, SluiceError } from '../core/errors.ts'

interface RedisErrorEntry {
  /** Always of the place: no message is to blame for a server, so that an outage never makes dead letters (A3). */
  readonly kind: 'place'
  readonly summary: string
  /** What to do about it. */
  readonly hint: string
  /** It ends without anybody changing a setting, so that it is worth waiting for. */
  readonly passes?: true
  /** What a process ends with when this ends its pipeline (sysexits.h); 69, unavailable, where nothing is said. */
  readonly exitCode?: number
}

const [UNAVAILABLE, INTERNAL, TRY_AGAIN, PERMISSION, CONFIG] = [69, 70, 75, 77, 78] as const

/** Every code of what talks to Redis. A code is never used for something else later. */
export const REDIS_ERRORS = {
  SLUICE_REDIS_UNREACHABLE: {
    kind: 'place',
    summary: 'Redis cannot be reached; nothing was sent',
    hint: 'check the address, that the server runs and takes connections from here, and that both speak TLS or neither',
    passes: true,
  },
  SLUICE_REDIS_TIMED_OUT: {
    kind: 'place',
    summary: 'Redis has not answered in time; whether the command took effect is unknown',
    hint: 'find out what the server is busy with (SLOWLOG, LATENCY DOCTOR), or raise `commandTimeout`',
    passes: true,
  },
  SLUICE_REDIS_REPLY_LOST: {
    kind: 'place',
    summary: 'the connection broke before the answer came; whether the command took effect is unknown',
    hint: 'see the cause; what is sent again must say that it is the same, by its id',
    passes: true,
  },
  SLUICE_REDIS_AUTH_REFUSED: {
    kind: 'place',
    summary: 'Redis does not take the user and the password',
    hint: 'give `username` and `password` as the server knows them (ACL LIST); a user may be off',
    exitCode: PERMISSION,
  },
  SLUICE_REDIS_NOT_PERMITTED: {
    kind: 'place',
    summary: 'the user may not run a command, or may not touch a key',
    hint: 'let the user run the command that is named, with `ACL SETUSER <user> +<command> ~<keys>`',
    exitCode: PERMISSION,
  },
  SLUICE_REDIS_FULL: {
    kind: 'place',
    summary: 'the memory of Redis is full',
    hint: 'raise `maxmemory` or drain what is stored; nothing is lost, what comes meanwhile stays where it is',
    passes: true,
  },
  SLUICE_REDIS_DISK: {
    kind: 'place',
    summary: 'Redis takes no writes because it cannot write to its disk',
    hint: 'make room on the disk of the server, or see its log',
    passes: true,
  },
  SLUICE_REDIS_READONLY: {
    kind: 'place',
    summary: 'the server is a replica and takes no writes',
    hint: 'wait for the failover to end, or give the address of the master, or those of the Sentinels',
    passes: true,
  },
  SLUICE_REDIS_LOADING: {
    kind: 'place',
    summary: 'Redis is reading its data from disk',
    hint: 'wait until it is done',
    passes: true,
  },
  SLUICE_REDIS_BUSY: {
    kind: 'place',
    summary: 'Redis is running a script of somebody else that does not end',
    hint: 'end it with SCRIPT KILL, or SHUTDOWN NOSAVE where it has written already',
    passes: true,
  },
  SLUICE_REDIS_CLUSTER_DOWN: {
    kind: 'place',
    summary: 'the cluster serves no commands, or moves the key just now',
    hint: 'see CLUSTER INFO; every slot needs a master that runs',
    passes: true,
  },
  SLUICE_REDIS_CROSS_SLOT: {
    kind: 'place',
    summary: 'the keys of one command are in several slots of the cluster',
    hint: 'name keys that belong together with the same hash tag, as `{orders}`',
    exitCode: INTERNAL,
  },
  SLUICE_REDIS_MOVED: {
    kind: 'place',
    summary: 'the server is one of a cluster, and another one has the key',
    hint: 'give the addresses of the cluster under `cluster`, instead of a `url`',
    exitCode: CONFIG,
  },
  SLUICE_REDIS_MASTER_UNKNOWN: {
    kind: 'place',
    summary: 'the Sentinels watch no master of this name',
    hint: 'give as `name` what stands behind `sentinel monitor` in their configuration',
    exitCode: CONFIG,
  },
  SLUICE_REDIS_NO_REPLICAS: {
    kind: 'place',
    summary: 'too few replicas are connected for the server to take writes',
    hint: 'bring the replicas back, or lower `min-replicas-to-write`',
    passes: true,
  },
  SLUICE_REDIS_TOO_MANY_CLIENTS: {
    kind: 'place',
    summary: 'the server has as many connections as it takes',
    hint: 'raise `maxclients`, or end what holds connections (CLIENT LIST)',
    passes: true,
  },
  SLUICE_REDIS_WRONG_TYPE: {
    kind: 'place',
    summary: 'something else is stored under a key of ours',
    hint: 'choose another `prefix` or `db`, or remove the key when nobody needs it',
    exitCode: CONFIG,
  },
  SLUICE_REDIS_ID_TAKEN: {
    kind: 'place',
    summary: 'the stream has an entry with this id, or with a higher one',
    hint: 'nothing: an earlier try has arrived, or another owner has taken over',
    exitCode: TRY_AGAIN,
  },
  SLUICE_REDIS_COMMAND_UNKNOWN: {
    kind: 'place',
    summary: 'the server does not know a command',
    hint: 'use Redis 7.0 or newer, and check that the command was not renamed (`rename-command`)',
    exitCode: CONFIG,
  },
  SLUICE_REDIS_SCRIPT_FAILED: {
    kind: 'place',
    summary: 'a script failed in the server',
    hint: 'see the message; what the script had written before stays written',
    exitCode: INTERNAL,
  },
  SLUICE_REDIS_REFUSED: {
    kind: 'place',
    summary: 'Redis has refused a command',
    hint: 'see the message of the server',
    exitCode: INTERNAL,
  },
  SLUICE_REDIS_NOT_REDIS: {
    kind: 'place',
    summary: 'what answers at the address does not speak as Redis does',
    hint: 'check the port; where the server wants TLS write `rediss://`, or set `tls`',
    exitCode: CONFIG,
  },
  SLUICE_REDIS_TLS_UNTRUSTED: {
    kind: 'place',
    summary: 'the certificate of the server is not trusted',
    hint: 'give the certificate of its authority as `tls.ca`, and check that it is valid today',
    exitCode: CONFIG,
  },
  SLUICE_REDIS_TLS_NAME: {
    kind: 'place',
    summary: 'the certificate of the server is for another name',
    hint: 'use the name that is in the certificate, or give it as `tls.servername`',
    exitCode: CONFIG,
  },
  SLUICE_REDIS_TLS_FAILED: {
    kind: 'place',
    summary: 'no TLS connection comes about',
    hint: 'see the cause; the server may want a certificate (`tls.cert` and `tls.key`), or not speak TLS at this port',
    exitCode: CONFIG,
  },
  SLUICE_REDIS_TLS_FILE: {
    kind: 'place',
    summary: 'a file of `tls` cannot be used',
    hint: 'give the path of a readable file in PEM format',
    exitCode: CONFIG,
  },
  SLUICE_REDIS_CLOSED: {
    kind: 'place',
    summary: 'a connection to Redis was used after it was closed',
    hint: 'use it while the node that it belongs to runs',
    exitCode: INTERNAL,
  },
  SLUICE_REDIS_EVICTS: {
    kind: 'place',
    summary: 'the server may throw away what is stored when its memory is full',
    hint: 'set `maxmemory-policy noeviction` (CONFIG SET, and in redis.conf)',
    exitCode: CONFIG,
  },
  SLUICE_REDIS_NOT_DURABLE: {
    kind: 'place',
    summary: 'the server writes to disk less than was asked for',
    hint: 'set what the message names (CONFIG SET, and in redis.conf), or ask for a lower `durability`',
    exitCode: CONFIG,
  },
  SLUICE_REDIS_NOT_REPLICATED: {
    kind: 'place',
    summary: 'the server takes writes that no replica has',
    hint: 'connect a replica and set `min-replicas-to-write 1`, or ask for a lower `durability`',
    exitCode: CONFIG,
  },
  SLUICE_REDIS_TOO_OLD: {
    kind: 'place',
    summary: 'the server is older than what it is needed for',
    hint: 'use Redis 7.0 or newer',
    exitCode: CONFIG,
  },
  SLUICE_REDIS_LEASE_HELD: {
    kind: 'place',
    summary: 'another owner has the lease',
    hint: 'stop the owner that is named, or wait: the lease ends by itself when its owner has died',
    passes: true,
    exitCode: TRY_AGAIN,
  },
  SLUICE_REDIS_LEASE_LOST: {
    kind: 'place',
    summary: 'a lease ended before it was given back',
    hint: 'see the message and the cause; acquire it again, and begin from what is committed',
    passes: true,
    exitCode: TRY_AGAIN,
  },
} as const satisfies Record<string, RedisErrorEntry>

export type RedisErrorCode = keyof typeof REDIS_ERRORS

/** An error with a code of the table. */
export function redisError(code: RedisErrorCode, message: string, cause?: unknown): SluiceError {
  const entry: RedisErrorEntry = REDIS_ERRORS[code]
  return errorOf(entry.kind, { code, message, cause, passes: entry.passes ?? false })
}

/** Whether waiting helps: an outage, a failover, full memory. False for what somebody must change first. */
export function passes(error: unknown): boolean {
  return entryOf(error)?.passes ?? false
}

/** What a process ends with when this error ends its pipeline; undefined where the table doesn't say. */
export function exitCodeOf(error: unknown): number | undefined {
  const entry = entryOf(error)
  return entry === undefined ? undefined : (entry.exitCode ?? UNAVAILABLE)
}

function entryOf(error: unknown): RedisErrorEntry | undefined {
  if (!(error instanceof SluiceError)) return undefined
  return (REDIS_ERRORS as Readonly<Record<string, RedisErrorEntry>>)[error.code]
}
