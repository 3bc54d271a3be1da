import { randomUUID } from 'node:crypto'
import type { Log } from '../../core/component.ts'
import type { Env } from '../../core/env.ts'
import { asError } from '../../core/errors.ts'
import type { Member } from '../../core/group.ts'
import { quote } from '../../kit/text.ts'
import type { RedisConnection } from '../connection.ts'
import { groupError } from './errors.ts'
import type { GroupKeys } from './keys.ts'
import type { Patience } from '../patience.ts'
import { BEAT, LEAVE, MEMBERS, REACH } from './scripts.ts'

/** How often a member says that it is there, and, while that fails, how often it tries. */
export const BEATS_PER_TTL = 3
const TRIES_PER_TTL = 15
/** After so long without a word it is forgotten what a member has handled. */
const FORGET_AFTER_MS = 86_400_000

export interface MembershipOptions {
  readonly connection: RedisConnection
  readonly keys: GroupKeys
  readonly group: string
  readonly member: string
  readonly ttlMs: number
  /** Messages are kept, and each member has its position among them. */
  readonly isKept: boolean
  readonly env: Env
  readonly log: Log
}

/**
 * The place of one process in a group: a name that no other process has, kept by a word every third of the ttl. Clocks of
 * processes play no part: the server says until when a member counts as there.
 */
export class Membership {
  readonly #options: MembershipOptions
  /** Tells this process from another one of the same name. */
  readonly #token = randomUUID()
  /** The id of the last message that was handled; empty before the first word. */
  #position = ''
  /** Undefined while another process has the name, or before the first word. */
  #isHeld = false

  constructor(options: MembershipOptions) {
    this.#options = options
  }

  /** Behind which messages are to be read; undefined while there is nothing to read. */
  get position(): string | undefined {
    return this.#isHeld ? this.#position : undefined
  }

  /** Says that it is there. @throws SLUICE_GROUP_NAME_TAKEN, and what keeps the server from answering */
  async beat(): Promise<void> {
    const { connection, keys, member, ttlMs, isKept, group } = this.#options
    const named = isKept ? [keys.members, keys.holders, keys.positions, keys.messages] : [keys.members, keys.holders]
    const sent = this.#position
    const args = [member, this.#token, ttlMs, sent, FORGET_AFTER_MS]
    const [isTaken, position] = (await connection.run(BEAT, named, args)) as [number, string | number]
    if (isTaken === 0) {
      this.#lose()
      const message = `another process is in the group ${quote(group)} as ${quote(member)}: give this one a \`member\` of its own, or wait until that one has left`
      throw groupError('SLUICE_GROUP_NAME_TAKEN', message)
    }
    // Another process had the name for a while, and has gone on. Else what was handled meanwhile is further.
    if (!this.#isHeld || position !== sent) this.#position = String(position)
    this.#isHeld = true
  }

  /** Goes on saying it, whatever happens, until there is an end to it. */
  async keep(patience: Patience): Promise<void> {
    const { ttlMs, log } = this.#options
    let told: string | undefined
    while (!patience.hasEnded) {
      await patience.pause(ttlMs / (told === undefined ? BEATS_PER_TTL : TRIES_PER_TTL))
      if (patience.hasEnded) return
      try {
        await this.beat()
        if (told !== undefined) log.info('is in its group again')
        told = undefined
      } catch (error) {
        const { message, code } = asError(error) as NodeJS.ErrnoException
        if (message !== told && !patience.hasEnded) log.warn(`can't say that it is in its group: ${message}`, { code })
        told = message
      }
    }
  }

  /** A message was handled. */
  async reach(id: string): Promise<void> {
    const { connection, keys, member } = this.#options
    if (!this.#isHeld) return
    this.#position = id
    if ((await connection.run(REACH, [keys.holders, keys.positions], [member, this.#token, id])) === 0) this.#lose()
  }

  async members(): Promise<readonly Member[]> {
    const { connection, keys, member } = this.#options
    const names = (await connection.run(MEMBERS, [keys.members], [])) as string[]
    return names.toSorted().map((name) => ({ name, isSelf: name === member }))
  }

  /** Gives the name back. @throws what keeps the server from answering; then it is free when the ttl has passed */
  async leave(): Promise<void> {
    const { connection, keys, member } = this.#options
    this.#isHeld = false
    await connection.run(LEAVE, [keys.members, keys.holders], [member, this.#token])
  }

  /** Another process has the name, and with it the position, which it moves on. */
  #lose(): void {
    this.#isHeld = false
    this.#position = ''
  }
}
