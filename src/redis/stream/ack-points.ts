import type { Message } from '../../core/message.ts'
import { hashTagOf } from '../hash-tag.ts'
import { addressOf, serverOf, type RedisOptions } from '../options.ts'

/** A group that is read by this process, as whoever writes to the same server sees it: a write can acknowledge for it. */
export interface AckPoint {
  readonly stream: string
  readonly group: string
  /** Which one of that name it is, and the key of it. */
  readonly incarnation: string
  readonly incarnationKey: string
  /** What is acknowledged is deleted. */
  readonly trims: boolean
  /** The entry of a message that is in flight; undefined where that is not known, or the group is not the one it came by. */
  entryOf(message: Message): string | undefined
  /** Was written, and acknowledged with that. */
  acknowledged(message: Message): void
  /** The group is not the one any more that was read. Resolves when the new one is known. */
  changed(): Promise<void>
}

const points = new Map<string, Set<AckPoint>>()

/**
 * Where two streams must be for one script to reach both, as the same user: a server and a database, and in a cluster a
 * hash tag, too.
 */
export function placeOf(options: RedisOptions, stream: string): string {
  const { url, db, username, cluster } = options
  const server = serverOf(url)
  const slot = cluster === undefined ? '' : (hashTagOf(stream) ?? stream)
  return JSON.stringify([addressOf(options), db ?? server.db ?? 0, username ?? server.username ?? '', slot])
}

/** @returns takes it away again */
export function offer(place: string, point: AckPoint): () => void {
  const there = points.get(place) ?? new Set()
  points.set(place, there.add(point))
  return () => {
    there.delete(point)
    if (there.size === 0 && points.get(place) === there) points.delete(place)
  }
}

/** Undefined where nobody reads there. */
export function pointsAt(place: string): ReadonlySet<AckPoint> | undefined {
  return points.get(place)
}
