import type { Allowance } from './ingress.ts'
import { runHook, type Node } from './node.ts'

/** Tells the component of a producer that keeps what was refused when there is room for it (D15). */
export class RoomWatch {
  readonly #producer: Node & { readonly room: Allowance }
  readonly #tell: () => unknown
  /** What room there was when an emission that waits was refused; undefined while none does. */
  #before: Allowance | undefined

  constructor(producer: Node & { readonly room: Allowance }, tell: () => unknown) {
    this.#producer = producer
    this.#tell = tell
  }

  /** Whether an emission waits. */
  get isWaiting(): boolean {
    return this.#before !== undefined
  }

  /** An emission was refused, and waits. */
  refused(): void {
    this.#before = this.#producer.room
  }

  /** Only more room than at the refusal is news: what is refused again then is not tried for ever. */
  look(): void {
    if (this.#before === undefined) return
    const { host, room } = this.#producer
    const hasGrown = room.messages > this.#before.messages || room.bytes > this.#before.bytes
    if (!hasGrown || room.messages <= 0 || room.bytes <= 0) return
    this.#before = undefined
    const failed = (error: Error): void => host.fail(this.#producer, error)
    runHook(this.#tell, () => {}, failed)
  }
}

/** What both allow. */
export function lesser(one: Allowance, other: Allowance): Allowance {
  return { messages: Math.min(one.messages, other.messages), bytes: Math.min(one.bytes, other.bytes) }
}
