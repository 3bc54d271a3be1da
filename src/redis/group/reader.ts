import type { Log } from '../../core/component.ts'
import { asError } from '../../core/errors.ts'
import type { RedisConnection } from '../connection.ts'
import type { GroupKeys } from './keys.ts'
import type { Membership } from './membership.ts'
import { Ended, type Patience } from '../patience.ts'
import type { Received, Receiver } from './receiver.ts'

/** How long one command waits for messages in the server. */
export const BLOCK_MS = 5000
/** A message has at most 1 MiB. */
const MOST_AT_ONCE = 16
/** How soon to look whether the name is ours again. */
const LOOK_AGAIN_MS = 500

interface ReaderOptions {
  /** One of its own: a command that waits holds up all behind it. */
  readonly connection: RedisConnection
  readonly keys: GroupKeys
  readonly membership: Membership
  readonly receiver: Receiver
  readonly patience: Patience
  readonly log: Log
}

/** A message, and the one before it when it was written. */
interface Entry extends Received {
  readonly after: string
}

/**
 * Gives a member what is in the stream behind its position, one message after the other: the position is written when a
 * message is handled, so that a member that dies before that gets it again.
 */
export class StreamReader {
  readonly #options: ReaderOptions

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  /** Until there is an end to waiting. */
  async run(): Promise<void> {
    const { membership, patience, log } = this.#options
    while (!patience.hasEnded) {
      const { position } = membership
      try {
        if (position === undefined) await patience.pause(LOOK_AGAIN_MS)
        else await this.#readBehind(position)
      } catch (error) {
        if (error instanceof Ended) return
        log.error(`a message of the group could not be given: ${asError(error).message}`)
        await patience.pause(LOOK_AGAIN_MS)
      }
    }
  }

  async #readBehind(position: string): Promise<void> {
    const { connection, keys, membership, patience, receiver } = this.#options
    const read = ['xread', 'COUNT', MOST_AT_ONCE, 'BLOCK', BLOCK_MS, 'STREAMS', keys.messages, position] as const
    const reply = await patience.until('read the messages of the group', () => connection.send(...read))
    let before = position
    for (const entry of entriesIn(reply)) {
      // Another process may have got the name meanwhile.
      if (membership.position !== before) return
      this.#lookForGap(entry, before)
      if (!(await receiver.untilHandled(entry))) return
      await this.#reach(entry.id)
      before = entry.id
    }
  }

  /** Also of the message that was under way when there was an end to waiting; then it is tried once. */
  async #reach(id: string): Promise<void> {
    const { membership, patience } = this.#options
    if (patience.hasEnded) await membership.reach(id).catch(() => undefined)
    else await patience.until('write what was handled', () => membership.reach(id))
  }

  #lookForGap({ after, id }: Entry, position: string): void {
    if (!isBehind(after, position)) return
    const message = 'messages of the group were removed before this member had them: it was away for too long'
    this.#options.receiver.noteGap(message, { behind: position, before: id })
  }
}

function entriesIn(reply: unknown): Entry[] {
  const streams = (reply ?? []) as readonly [string, readonly [string, readonly string[]][]][]
  return (streams[0]?.[1] ?? []).map(([id, fields]) => {
    const found = new Map<string, string>()
    for (let at = 0; at < fields.length; at += 2) found.set(fields[at]!, fields[at + 1]!)
    const { after = '', from = '', data = '' } = Object.fromEntries(found)
    return { id, after, from, text: data }
  })
}

/** Whether an id stands behind another one; what is no id does not. */
function isBehind(id: string, other: string): boolean {
  const [, ms, sequence] = /^(\d+)-(\d+)$/.exec(id) ?? []
  const [, otherMs, otherSequence] = /^(\d+)-(\d+)$/.exec(other) ?? []
  if (ms === undefined || otherMs === undefined) return false
  if (ms !== otherMs) return BigInt(ms) > BigInt(otherMs)
  return BigInt(sequence!) > BigInt(otherSequence!)
}
