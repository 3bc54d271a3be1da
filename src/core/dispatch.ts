/**
 * The arithmetic of dispatching: how many messages may go, and who gets which. Pure: numbers in, numbers out,
 * so that each case of GenStage's dispatchers can be tested without a node.
 *
 * `room` is what each subscriber can be given now, in the order in which they subscribed.
 */

/** Broadcast: everybody gets everything, so the slowest decides (D16). */
export function broadcastRoom(room: readonly number[]): number {
  if (room.length === 0) return 0
  let least = Infinity
  for (const each of room) if (each < least) least = each
  return least
}

/** Demand and partition: what all subscribers together can take. */
export function totalRoom(room: readonly number[]): number {
  let total = 0
  for (const each of room) total += each
  return total
}

/**
 * Demand dispatch: who has asked for most is served first, with all that it can take, then the next.
 *
 * @returns how many each subscriber gets, and in which order they are served; the rest stays.
 */
export function shareByDemand(count: number, room: readonly number[]): { subscriber: number; count: number }[] {
  const order = room.map((_, subscriber) => subscriber)
  order.sort((one, other) => room[other]! - room[one]! || one - other)
  const shares: { subscriber: number; count: number }[] = []
  let left = count
  for (const subscriber of order) {
    const share = Math.min(left, room[subscriber]!)
    if (share <= 0) break
    shares.push({ subscriber, count: share })
    left -= share
  }
  return shares
}

/**
 * The partition of a key: FNV-1a over its UTF-16 code units, then a mixing step, because the low bits of FNV alone
 * are uneven. Fixed for good: changing it moves keys.
 * Source: Fowler, Noll, Vo; finaliser of MurmurHash3.
 */
export function partitionOf(key: string, count: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % count
}

/** Who serves a partition: they go to the subscribers in turn, as declared (D16). */
export function subscriberOf(partition: number, subscribers: number): number {
  return partition % subscribers
}
