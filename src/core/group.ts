import type { Log } from './component.ts'
import type { Env } from './env.ts'

/** One of a group. */
export interface Member {
  readonly name: string
  /** Whether it is the one that was asked. */
  readonly isSelf: boolean
}

/** What is known of a message of a group beside its data. */
export interface GroupMessageDetails {
  /** The member that has sent it. */
  readonly from: string
  /** The same each time that it is given; of one message only. */
  readonly id: string
}

/** Takes a message. What it throws, or rejects with, is told; whether the message comes again depends on the group. */
export type OnGroupMessage = (data: unknown, details: GroupMessageDetails) => unknown

/** What a member has met since it joined. */
export interface GroupStats {
  /** Messages that were handled. */
  readonly received: number
  /** Calls of `onMessage` that failed. */
  readonly failed: number
  /** How often messages were gone before they could be given. */
  readonly gaps: number
}

/** A group that one has joined. */
export interface Group {
  readonly name: string
  /** Under which name one is in it. */
  readonly member: string
  readonly stats: GroupStats
  /** Who is in it at this moment, by the clock of the server; in the order of their names. */
  members(): Promise<readonly Member[]>
  /** Gives a message to every member, the sender included. Resolves when it is sure to be kept, or sent. */
  broadcast(data: unknown): Promise<void>
  /** Takes nothing more, and lets `onMessage` come to its end if it is under way. */
  leave(): Promise<void>
}

/** What a group is lent. */
export interface GroupWorld {
  readonly env: Env
  readonly log: Log
  readonly onMessage: OnGroupMessage
  /** Ends the waiting, where it takes long to join. */
  readonly signal?: AbortSignal | undefined
}

/** A group that a pipeline has. */
export interface GroupSpec {
  readonly name: string
  join(world: GroupWorld): Promise<Group>
}
