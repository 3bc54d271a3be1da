import { adopt } from './call.ts'
import { asError } from './errors.ts'
import { bytesOf } from './queue.ts'
import type { Message } from './message.ts'
import type { OverflowStore } from './overflow-store.ts'

/** What writing needs of its overflow. */
export interface WriterOwner {
  readonly store: OverflowStore
  fail(message: Message, error: unknown): void
  /** These won't be stored: their outcome is known. */
  unwritable(count: number, bytes: number): void
  /** The store has confirmed these, the first with this number. @param bytes what they are charged with. */
  confirmed(messages: readonly Message[], bytes: number, first: number): void
  /** The store won't have these after all. */
  refused(messages: Message[], error: Error): void
}

/** The storing end of an overflow: one append under way, and each takes all that has come during the one before. */
export class OverflowWriter {
  readonly #owner: WriterOwner
  /** What the store has not confirmed yet. */
  #pending: readonly Message[] = []
  #isAppending = false
  /** Calls back only while it is the same: a graph that has ended waits for nothing. */
  #turn = 0

  constructor(owner: WriterOwner) {
    this.#owner = owner
  }

  get isAppending(): boolean {
    return this.#isAppending
  }

  get pending(): number {
    return this.#pending.length
  }

  append(messages: readonly Message[]): void {
    const { store } = this.#owner
    const first = store.next
    const { written, unwritable, stored } = store.append(messages)
    const turn = ++this.#turn
    this.#pending = written
    this.#isAppending = true
    for (const { message, error } of unwritable) this.#owner.fail(message, error)
    if (unwritable.length > 0)
      this.#owner.unwritable(unwritable.length, bytesOf(unwritable.map(({ message }) => message)))
    adopt(
      stored,
      () => turn === this.#turn && this.#owner.confirmed(this.#take(), bytesOf(written), first),
      (error) => turn === this.#turn && this.#owner.refused([...this.#take()], asError(error)),
    )
  }

  /** Takes what is not confirmed; what the store says of it later is not heard. */
  giveUp(): Message[] {
    this.#turn++
    return [...this.#take()]
  }

  #take(): readonly Message[] {
    const pending = this.#pending
    this.#pending = []
    this.#isAppending = false
    return pending
  }
}
