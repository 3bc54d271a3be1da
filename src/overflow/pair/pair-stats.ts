import { storesInUse, type StoreUser } from './shared-store.ts'

/** One end of a pair, at this moment. */
export interface PairStats {
  readonly node: string
  /** Of the store. */
  readonly name: string
  /** `fills`: it stores what it takes. `drains`: it gives what is stored. */
  readonly kind: StoreUser['kind']
  /** This process has the store. What is stored is not known while it has not. */
  readonly isOwner: boolean
  /** Stored and without an outcome, by whomever it is drained: in messages, and in parts; and the bytes that it takes. */
  readonly stored: number
  readonly storedParts: number
  readonly storedBytes: number
  /** What the store may take by whoever fills it; undefined for who drains it. */
  readonly limitBytes: number | undefined
  /** How long ago the oldest of them was stored, ms, as far as who drains it has read. */
  readonly oldestStoredMs: number | undefined
  /** Messages that who drains it has found damaged or missing since its start. */
  readonly lost: number
  /** What keeps the store from going on. */
  readonly trouble: string | undefined
}

const NOTHING = { messages: 0, parts: 0, bytes: 0 }

/** The ends of pairs in a pipeline of this process, in the order in which they were opened. @param date ms since 1970 */
export function pairStatsOf(pipeline: string, date: number): PairStats[] {
  return storesInUse().flatMap(({ users, current }) =>
    [...users]
      .filter((user) => user.pipeline === pipeline)
      .map(({ node, kind, world, figures }): PairStats => {
        const isOwner = current !== undefined && !current.isLost
        const { messages, parts, bytes } = isOwner ? current.store.depth : NOTHING
        const { limitBytes, oldestStoredAt, lost } = figures()
        return {
          node,
          name: world.name,
          kind,
          isOwner,
          stored: messages,
          storedParts: parts,
          storedBytes: bytes,
          limitBytes,
          oldestStoredMs: oldestStoredAt === undefined ? undefined : Math.max(0, date - oldestStoredAt),
          lost,
          trouble: current?.trouble?.message,
        }
      }),
  )
}
