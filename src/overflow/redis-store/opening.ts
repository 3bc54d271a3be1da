import type { Log } from '../../core/component.ts'
import type { Env } from '../../core/env.ts'
import type { SluiceError } from '../../core/errors.ts'
import { checkServers } from '../../redis/checks.ts'
import { RedisConnection } from '../../redis/connection.ts'
import { redisError } from '../../redis/errors.ts'
import type { RedisKeys } from '../../redis/keys.ts'
import { RedisLease } from '../../redis/lease.ts'
import { overflowError } from '../errors.ts'
import type { StoredSettled } from '../spill/frame-store.ts'
import { commandsOf } from './commands.ts'
import { COMMITTED_FIELDS, believed, committedOf, type Committed } from './committed.ts'
import type { RedisStoreOptions } from './options.ts'
import { Session, type Known } from './session.ts'
import { LAYOUT, SURVEY } from './stream-scripts.ts'

/** Where a store is, and whose. */
export interface RedisPlace {
  readonly redis: RedisStoreOptions
  readonly keys: RedisKeys
  /** Bytes that its owner wants to keep at most; it takes frames of an eighth of that. */
  readonly limit: number
  /** Of a frame, as is to be expected. */
  readonly frameBytes: number
  /** Who it is, for people, such as "web-1:4711". */
  readonly owner: string
}

export interface RedisStoreWorld {
  readonly env: Env
  readonly log: Log
}

/** What a store knew when it was closed. */
export interface Remembered {
  /** Its turn; 0 before the first. */
  readonly epoch: number
  readonly next: number
  readonly settled: StoredSettled | undefined
}

interface Opening extends RedisStoreWorld {
  readonly remembered: Remembered
  onOwnerLost(error: Error): void
}

/** An owner that leaves is waited for so long; one that has died is waited for by whoever opens again. */
const LONGEST_WAIT_MS = 1000
const ASK_EVERY_MS = 100

/** What must be stored under the keys, if anything is. */
const TYPES = { frames: 'stream', lease: 'string', epoch: 'string', commit: 'hash' } as const

/**
 * Connects, compares the server with what is asked of it, takes the lease, and looks at what there is.
 *
 * @throws SLUICE_REDIS_LEASE_HELD, SLUICE_REDIS_WRONG_TYPE, SLUICE_OVERFLOW_NEWER, what `checkServers` throws, and what
 *   keeps the server from answering
 */
export async function openSession(place: RedisPlace, opening: Opening): Promise<Session> {
  const { env, log } = opening
  const { redis, keys, owner } = place
  const connection = await RedisConnection.open(redis, { env, log })
  let session: Session | undefined
  let lostBefore: SluiceError | undefined
  let hasAsked = false
  const onLost = (error: SluiceError): void => {
    if (session === undefined) lostBefore = error
    else session.lose(error)
  }
  const lease = new RedisLease({ connection, env, keys, owner, ttlMs: redis.lease, onLost, fences: keys.frames })
  try {
    await check(connection, place, log)
    hasAsked = true
    await take(lease, place, env)
    const known = await survey(connection, { keys, epoch: lease.epoch, remembered: opening.remembered, log })
    if (lostBefore !== undefined) throw lostBefore
    const { onOwnerLost } = opening
    return (session = new Session(
      { connection, lease, key: keys.frames, frameBytes: place.frameBytes, onOwnerLost },
      known,
    ))
  } catch (error) {
    // Also where the answer was lost: nobody could have it until it has run out.
    if (hasAsked) await lease.release().catch(() => undefined)
    await connection.close()
    throw error
  }
}

async function check(connection: RedisConnection, { redis, keys }: RedisPlace, log: Log): Promise<void> {
  const { durability } = redis
  const commands = commandsOf(keys, durability)
  for (const note of await checkServers(connection, { durability, commands, takesLeases: true })) log.warn(note)
  for (const name of ['frames', 'lease', 'epoch', 'commit'] as const) {
    const type = await connection.send('type', keys[name])
    if (type === TYPES[name] || type === 'none') continue
    const message = `"${keys[name]}" at ${connection.address} holds a ${String(type)} where a ${TYPES[name]} is expected`
    throw redisError('SLUICE_REDIS_WRONG_TYPE', message)
  }
  await checkLayout(connection, keys)
}

/** @throws SLUICE_OVERFLOW_NEWER */
export async function checkLayout(connection: RedisConnection, keys: RedisKeys): Promise<void> {
  const { layout = LAYOUT } = await committed(connection, keys)
  if (layout <= LAYOUT) return
  const problem = `"${keys.commit}" at ${connection.address} is of layout ${layout}, and ${LAYOUT} is the newest that is known here`
  throw overflowError('SLUICE_OVERFLOW_NEWER', problem)
}

async function take(lease: RedisLease, { keys }: RedisPlace, env: Env): Promise<void> {
  for (const until = env.now() + LONGEST_WAIT_MS; ;) {
    const answer = await lease.acquire()
    if (answer.isHeld) return
    if (env.now() >= until) {
      const { owner, leftMs } = answer
      const left = leftMs === undefined ? 'without an end' : `for ${leftMs} ms unless it renews it`
      throw redisError('SLUICE_REDIS_LEASE_HELD', `"${owner}" has the lease "${keys.lease}", ${left}`)
    }
    await new Promise<void>((resolve) => env.after(ASK_EVERY_MS, resolve))
  }
}

async function committed(connection: RedisConnection, { commit }: RedisKeys): Promise<Committed> {
  return committedOf(await connection.send('hmget', commit, ...COMMITTED_FIELDS))
}

interface Surveyed {
  readonly keys: RedisKeys
  readonly epoch: number
  readonly remembered: Remembered
  readonly log: Log
}

/** What was confirmed is told by the frames, by the hash beside them, and by what we knew: by whichever knows most. */
export async function survey(
  connection: RedisConnection,
  { keys, epoch, remembered: known, log }: Surveyed,
): Promise<Known> {
  const said = await committed(connection, keys)
  const reply = (await connection.run(SURVEY, [keys.frames], [])) as [string, string, string, string[]]
  const [before, until, behind, firsts] = reply
  const epochs = firsts.flatMap((text, at) =>
    at % 2 === 0 ? [{ epoch: Number(text), from: Number(firsts[at + 1]) }] : [],
  )
  const found = believed(said, epochs.length === 0 ? undefined : Number(behind))
  if (found.isStrange)
    log.warn(`what "${keys.commit}" at ${connection.address} says of what is settled can't be: ${STRANGE}`)
  // Where the server has lost numbers, and another owner has given them out again, what we knew of them means others.
  const isOthers = epochs.some((each) => each.epoch > known.epoch && each.from < known.next)
  const remembered = isOthers ? { next: 1, settled: undefined } : known
  const isBehind = (found.settled?.below ?? 0) < (remembered.settled?.below ?? 0)
  const settled = isBehind ? remembered.settled : found.settled
  const next = Math.max(Number(behind), found.next ?? 1, settled?.below ?? 1, remembered.next)
  const head = settled?.below ?? epochs[0]?.from ?? next
  const own = { epoch, from: next }
  const bytes = { bytesBeforeHead: Number(before), bytesUntilNext: Number(until) }
  return { next, head, settled, epochs: [...epochs, own], ...bytes }
}

const STRANGE = 'it is not believed, and all that is stored counts as unsettled'
