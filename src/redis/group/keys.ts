import { escapeName } from '../keys.ts'

/** The keys of a group. */
export interface GroupKeys {
  /** A sorted set: each member with the time, by the server's clock in ms, until which it counts as there. */
  readonly members: string
  /** A hash: which process has the name of a member. */
  readonly holders: string
  /** A hash: the id of the last message that each member has handled. */
  readonly positions: string
  /** A stream: the messages. */
  readonly messages: string
  /** A channel: the messages that are kept nowhere. */
  readonly channel: string
}

/**
 * The names of the keys, `sluice:{orders}:group-members` and so on. All have one hash tag, so that a cluster has them at
 * one server, where one script can reach them.
 */
export function groupKeysOf(prefix: string, group: string): GroupKeys {
  const base = `${escapeName(prefix)}:{${escapeName(group)}}:group`
  return {
    members: `${base}-members`,
    holders: `${base}-holders`,
    positions: `${base}-positions`,
    messages: `${base}-messages`,
    channel: `${base}-channel`,
  }
}
