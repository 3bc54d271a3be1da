import { Branch, type BranchSettings } from './branch.ts'
import { broadcastRoom, partitionOf, shareByDemand, subscriberOf, totalRoom } from './dispatch.ts'
import type { Edge } from './edge.ts'
import type { Marker } from './marker.ts'
import { keyFrom } from './key.ts'
import { kinOf, shellOf, type Message } from './message.ts'
import { bytesOf, MessageQueue } from './queue.ts'

/** How a node with several subscribers divides its output (D16). */
export type Dispatch =
  | 'broadcast'
  | 'demand'
  | { readonly partition: { readonly by: (message: Message) => unknown; readonly count: number } }

/** What an outlet needs of its node. */
export interface OutletOwner {
  /** Drops on purpose, by a named policy: acked and counted. */
  drop(messages: readonly Message[], reason: string): void
  fail(message: Message, error: unknown): void
  wake(): void
}

/**
 * The giving side of a node: its subscribers, and the output that none of them has credit for yet.
 *
 *     dispatch ─▶ kept ─▶ branch.waiting ─▶ edge.queue
 *                 (nobody)  (one subscriber)   (asked for)
 */
export class Outlet {
  readonly branches: Branch[] = []
  readonly #owner: OutletOwner
  readonly #dispatch: Dispatch
  /** Output that belongs to no subscriber yet: nobody is there, or `demand` had no credit left. */
  readonly #kept = new MessageQueue()
  /** Markers among what is kept, and how many messages of it are before them. */
  readonly #marks: { readonly marker: Marker; ahead: number }[] = []
  /** The marker that has ended it. */
  #end: Marker | undefined
  #nextPartition = 0
  /** Something may be waiting for credit: kept output, or a marker. */
  hasWaiting = false

  constructor(owner: OutletOwner, dispatch: Dispatch) {
    this.#owner = owner
    this.#dispatch = dispatch
  }

  /** Messages that were given out and that no subscriber had credit for (D7). */
  get keptCount(): number {
    let count = this.#kept.length
    for (const branch of this.branches) if (branch.isBlocking) count += branch.waiting.length
    return count
  }

  /** The same, with what waits before edges that drop. */
  get waitingCount(): number {
    let count = this.#kept.length
    for (const { waiting } of this.branches) count += waiting.length
    return count
  }

  /** How many messages can be passed on now; none while any is kept (D7). */
  get room(): number {
    if (this.#kept.length > 0) return 0
    const { branches } = this
    if (branches.length === 1) return branches[0]!.room
    const room: number[] = []
    for (const branch of branches) {
      if (branch.isBlocking && branch.waiting.length > 0) return 0
      room.push(branch.room)
    }
    return this.#dispatch === 'broadcast' ? broadcastRoom(room) : totalRoom(room)
  }

  /** Whether the last marker has been given out. */
  get hasEnded(): boolean {
    return this.#end !== undefined
  }

  subscribe(edge: Edge, settings: BranchSettings): void {
    const branch = new Branch(edge, settings, {
      drop: (messages, reason) => this.#owner.drop(messages, reason),
      waits: () => {
        this.hasWaiting = true
      },
    })
    this.branches.push(branch)
    this.hasWaiting = true
    if (this.#end !== undefined && !this.#isMarked(this.#end)) branch.mark(this.#end)
    edge.from.wake()
  }

  /** A subscriber leaves: what it didn't take goes to the others, or is kept for the next one (D14). */
  cancel(edge: Edge): void {
    const index = this.branches.findIndex((branch) => branch.edge === edge)
    const [branch] = this.branches.splice(index, 1)
    this.reclaim([...edge.cancel(), ...branch!.waiting.drain()])
  }

  /** What came over a subscription that has ended goes to the others, or waits for the next one. */
  reclaim(messages: Message[]): void {
    if (messages.length === 0) return
    if (this.#dispatch === 'broadcast' && this.branches.length > 0) this.#owner.drop(messages, 'cancelled')
    else {
      this.#reopen()
      this.#keep(messages, true)
      for (const mark of this.#marks) mark.ahead += messages.length
    }
    this.#owner.wake()
  }

  /** Gives messages out; what goes beyond credit is kept. The array is the outlet's from now on. */
  dispatch(messages: Message[], bytes = bytesOf(messages)): void {
    if (messages.length === 0) return
    if (this.branches.length === 0 || this.#kept.length > 0) this.#keep(messages)
    else this.#distribute(messages, bytes)
  }

  /** Kept output goes before new (D7). */
  place(): void {
    if (this.hasWaiting) this.#place()
  }

  /** Sends a marker behind everything that was given out (D18). */
  mark(marker: Marker): void {
    if (marker.kind !== 'flush') this.#end = marker
    if (this.#kept.length > 0 || this.branches.length === 0) {
      this.#marks.push({ marker, ahead: this.#kept.length })
      this.hasWaiting = true
    } else for (const branch of this.branches) branch.mark(marker)
  }

  /** Takes everything that is kept, or waits before an edge. */
  abandon(): Message[] {
    return [...this.#kept.drain(), ...this.branches.flatMap(({ waiting }) => waiting.drain())]
  }

  #keep(messages: Message[], isFirst = false): void {
    this.hasWaiting = true
    if (isFirst) this.#kept.unshift(messages)
    else this.#kept.push(messages)
  }

  #place(): void {
    this.hasWaiting = false
    for (const branch of this.branches) branch.place()
    while (this.branches.length > 0) {
      this.#passMarks()
      const left = this.#kept.length
      if (left === 0) break
      const messages = this.#kept.take(this.#marks.length === 0 ? left : this.#marks[0]!.ahead)
      this.#distribute(messages, this.#kept.takenBytes)
      const gone = left - this.#kept.length
      if (gone === 0) break
      for (const mark of this.#marks) mark.ahead -= gone
    }
    this.hasWaiting ||= this.#kept.length + this.#marks.length > 0
  }

  /** Markers before which nothing is kept go on. */
  #passMarks(): void {
    while (this.#marks[0]?.ahead === 0) {
      const { marker } = this.#marks.shift()!
      for (const branch of this.branches) branch.mark(marker)
    }
  }

  #isMarked(marker: Marker): boolean {
    return this.#marks.some((mark) => mark.marker === marker)
  }

  /** There is more to give after all: takes the end back from those who haven't come to it; the others get nothing more. */
  #reopen(): void {
    const { branches } = this
    if (this.#end === undefined) return
    const open = branches.filter((branch) => branch.unend())
    branches.splice(0, branches.length, ...open)
    if (!this.#isMarked(this.#end)) this.#marks.push({ marker: this.#end, ahead: this.#kept.length })
  }

  #distribute(messages: Message[], bytes: number): void {
    if (this.branches.length === 1) this.branches[0]!.offer(messages, bytes)
    else if (this.#dispatch === 'broadcast') this.#broadcast(messages, bytes)
    else if (this.#dispatch === 'demand') this.#share(messages)
    else this.#partition(messages, this.#dispatch.partition)
  }

  #broadcast(messages: Message[], bytes: number): void {
    const { branches } = this
    for (const message of messages) kinOf(message).open = branches.length
    for (const branch of branches) branch.offer(messages.map(shellOf), bytes)
  }

  #share(messages: Message[]): void {
    const room = this.branches.map((branch) => branch.edge.room)
    let start = 0
    for (const { subscriber, count } of shareByDemand(messages.length, room)) {
      this.branches[subscriber]!.offer(messages.slice(start, start + count))
      start += count
    }
    if (start < messages.length) this.#keep(messages.slice(start), true)
  }

  #partition(messages: Message[], { by, count }: { by: (message: Message) => unknown; count: number }): void {
    const shares: Message[][] = this.branches.map(() => [])
    for (const message of messages) {
      try {
        const key = keyFrom(by(message))
        const partition = key === undefined ? this.#nextPartition++ % count : partitionOf(key, count)
        shares[subscriberOf(partition, shares.length)]!.push(message)
      } catch (error) {
        this.#owner.fail(message, error) // A10
      }
    }
    for (let index = 0; index < shares.length; index++) this.branches[index]!.offer(shares[index]!)
  }
}
