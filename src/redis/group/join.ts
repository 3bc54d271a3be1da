import { prettifyError } from 'zod'
import type { Log } from '../../core/component.ts'
import { realEnv, type Env } from '../../core/env.ts'
import { SluiceError } from '../../core/errors.ts'
import type { Group, GroupWorld, OnGroupMessage } from '../../core/group.ts'
import { checkServers } from '../checks.ts'
import type { RedisProfile } from '../client.ts'
import { RedisConnection } from '../connection.ts'
import { passes } from '../errors.ts'
import { Broadcaster } from './broadcaster.ts'
import { commandsOf } from './commands.ts'
import { groupError } from './errors.ts'
import { groupKeysOf } from './keys.ts'
import { ChannelListener } from './listener.ts'
import { BEATS_PER_TTL, Membership } from './membership.ts'
import { groupOptions, memberHere, type GroupInput, type GroupOptions } from './options.ts'
import { Ended, Patience } from '../patience.ts'
import { RedisGroup } from './redis-group.ts'
import { BLOCK_MS, StreamReader } from './reader.ts'
import { Receiver } from './receiver.ts'

/** What `joinGroup` takes. */
export interface JoinGroupOptions {
  /** Of the group; with `redis.prefix` it names the keys. */
  readonly name: string
  /** How to reach Redis, as in config; redis://127.0.0.1:6379 by default. */
  readonly redis?: GroupInput['redis']
  /**
   * Under which name this process is in the group: another one for each process, and the same whenever it starts. The name
   * of the host by default.
   */
  readonly member?: string | undefined
  /** The same for all members; 'at-least-once' by default. */
  readonly delivery?: 'at-least-once' | 'at-most-once' | undefined
  /** For how long a member counts as there without a word from it; '15s' by default, of which it says one every third. */
  readonly ttl?: string | undefined
  /** How long `broadcast` tries; '5s' by default. */
  readonly timeout?: string | undefined
  /** Most messages, of 1 MiB at most, that are kept for members that are away; 10,000 by default. */
  readonly maxLength?: number | undefined
  /** Takes each message, one after the other, those of one's own too. */
  readonly onMessage: OnGroupMessage
  /** Silent by default. */
  readonly log?: Log
  /** Ends the waiting, where it takes long to join. */
  readonly signal?: AbortSignal
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }
/** A process that has died under the same name is gone after its ttl: whoever is there then lives. */
const TTLS_UNTIL_TAKEN = 2

/**
 * Joins a group of processes, over Redis (7.0 or newer): who is in it is known to each, and what one says is heard by all.
 *
 *     const group = await joinGroup({ name: 'shops', redis: { url }, onMessage: (data) => prices.forget(data) })
 *     await group.broadcast({ article: 'a-1' })
 *
 * `delivery: 'at-least-once'`, the default, keeps messages in a stream: every member gets each, in one order, and one
 * whose `onMessage` throws it gets again, after longer and longer waits, before the next one. A member that was away, or
 * died, goes on where it was when it joins under the same `member`, for a day; a new one gets what comes after it has
 * joined. At most `maxLength` messages are kept for those who are away (10,000 by default): what is removed before all had
 * it is told in the log of who sends, and of who misses it. An `onMessage` that leaves the group must not wait for that:
 * leaving waits for `onMessage`, so that what it was given counts as handled.
 *
 * `delivery: 'at-most-once'` keeps nothing: a member that is away, has no connection, or throws, never gets what was sent.
 *
 * All members of a group have the same `delivery`. A member that dies is there until its `ttl` has passed ('15s' by default) by the clock of the server. While Redis is out
 * of reach everything waits, and goes on then; only `broadcast` rejects, after `timeout` ('5s'). Resolves when it has
 * joined: it waits for what passes by itself.
 *
 * @throws SLUICE_GROUP_OPTIONS_INVALID; SLUICE_GROUP_NAME_TAKEN where another process that lives has the `member`;
 *   SLUICE_GROUP_LEFT where `signal` ends the waiting; and what waiting doesn't mend, such as SLUICE_REDIS_AUTH_REFUSED
 */
export async function joinGroup(options: JoinGroupOptions): Promise<Group> {
  const { onMessage, log = SILENT, signal, ...rest } = options
  const given: GroupInput = rest
  const parsed = groupOptions.safeParse(given)
  if (!parsed.success) throw groupError('SLUICE_GROUP_OPTIONS_INVALID', prettifyError(parsed.error))
  if (typeof onMessage !== 'function') {
    throw groupError('SLUICE_GROUP_OPTIONS_INVALID', '`onMessage` must be a function')
  }
  return await join(parsed.data, { env: realEnv, log, onMessage, signal })
}

/** The same with options that were checked. */
export async function join(options: GroupOptions, world: GroupWorld): Promise<Group> {
  const patience = new Patience(world.env, world.log)
  const connections: RedisConnection[] = []
  const end = (): void => patience.end()
  if (world.signal?.aborted === true) end()
  world.signal?.addEventListener('abort', end)
  try {
    return await joined({ options, world, patience, connections })
  } catch (error) {
    patience.end()
    await Promise.all(connections.map((connection) => connection.close()))
    throw error instanceof Ended ? groupError('SLUICE_GROUP_LEFT', 'nobody waits any more to join the group') : error
  } finally {
    world.signal?.removeEventListener('abort', end)
  }
}

interface Joining {
  readonly options: GroupOptions
  readonly world: GroupWorld
  readonly patience: Patience
  /** To close where it fails. */
  readonly connections: RedisConnection[]
}

async function joined(joining: Joining): Promise<Group> {
  const { options, world, patience, connections } = joining
  const { name: group, member = memberHere(), redis, delivery, ttl: ttlMs, timeout: timeoutMs, maxLength } = options
  const { env, log, onMessage } = world
  const isKept = delivery === 'at-least-once'
  const keys = groupKeysOf(redis.prefix, group)
  const what = `join the group "${group}"`
  const connection = await opened('store', joining)
  const required = { durability: 'memory', commands: commandsOf(keys, isKept), takesLeases: true } as const
  for (const note of await patience.until(what, () => checkServers(connection, required), passes)) log.debug(note)
  const membership = new Membership({ connection, keys, group, member, ttlMs, isKept, env, log })
  const receiver = new Receiver({ env, log, patience, onMessage })
  const hearing = await opened(isKept ? 'blocking' : 'store', joining)
  const everyMs = ttlMs / BEATS_PER_TTL
  const listener = new ChannelListener({ connection: hearing, channel: keys.channel, receiver, patience, log, everyMs })
  if (!isKept) await patience.until(what, () => listener.listen(), passes)
  await patience.until(what, () => membership.beat(), waitsForName(env, TTLS_UNTIL_TAKEN * ttlMs))
  if (patience.hasEnded) {
    await membership.leave().catch(() => undefined)
    throw new Ended()
  }
  const reader = new StreamReader({ connection: hearing, keys, membership, receiver, patience, log })
  const working = [membership.keep(patience), isKept ? reader.run() : listener.run()]
  const broadcaster = new Broadcaster({ connection, keys, member, isKept, timeoutMs, maxLength, env, log, patience })
  return new RedisGroup({ group, member, connections, membership, receiver, broadcaster, patience, working })
}

async function opened(profile: RedisProfile, joining: Joining): Promise<RedisConnection> {
  const { options, world, patience, connections } = joining
  const { name, redis } = options
  const { env, log } = world
  const opening = () => RedisConnection.open(redis, { env, log, profile, longestBlockMs: BLOCK_MS })
  const connection = await patience.until(`join the group "${name}"`, opening, passes)
  connections.push(connection)
  return connection
}

/** Whether to try again: what passes, and for so long that the name is taken. */
function waitsForName(env: Env, ms: number): (error: unknown) => boolean {
  const until = env.now() + ms
  return (error) => {
    const isTaken = error instanceof SluiceError && error.code === 'SLUICE_GROUP_NAME_TAKEN'
    return isTaken ? env.now() < until : passes(error)
  }
}
