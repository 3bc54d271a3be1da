import type { NodeContext } from '../../core/component.ts'
import { Redeliveries } from '../../core/redeliveries.ts'
import { worldOf } from '../../core/world.ts'
import { isBehind } from './entry-id.ts'

/** While so many that failed wait to come again, nothing new is read: whatever is behind this would most likely fail, too. */
const MOST_WAITING = 1000

interface FailedEntry {
  readonly id: string
  readonly number: number
  /** Deliveries that failed by the message's own fault. */
  failures: number
}

/** Entries whose delivery has failed and that come again, each after a pause; those that are due together in the order of the stream. */
export class FailedEntries {
  readonly #redeliveries: Redeliveries
  readonly #byId = new Map<string, FailedEntry>()
  readonly #byNumber = new Map<number, FailedEntry>()
  /** Those that wait, due or not. */
  readonly #waiting = new Set<string>()
  #numbers = 0

  /** @param wake told when one may be delivered again. */
  constructor(context: Pick<NodeContext, 'clock' | 'random'>, wake: () => void) {
    this.#redeliveries = new Redeliveries(worldOf(context), wake)
  }

  get isEmpty(): boolean {
    return this.#byId.size === 0
  }

  get isFull(): boolean {
    return this.#waiting.size >= MOST_WAITING
  }

  get hasDue(): boolean {
    return this.#redeliveries.due !== undefined
  }

  /** The ids of those that wait. */
  get waiting(): ReadonlySet<string> {
    return this.#waiting
  }

  /** How often deliveries of an entry have failed. */
  failuresOf(id: string): number {
    return this.#byId.get(id)?.failures ?? 0
  }

  failed(id: string, failures: number): void {
    const { number } = this.remember(id, failures)
    this.#waiting.add(id)
    this.#redeliveries.failed({ number, places: undefined, parts: 1 })
  }

  /** It goes on, and has failed so often before. */
  remember(id: string, failures: number): FailedEntry {
    let entry = this.#byId.get(id)
    if (entry === undefined) {
      entry = { id, number: ++this.#numbers, failures }
      this.#byId.set(id, entry)
      this.#byNumber.set(entry.number, entry)
    }
    entry.failures = failures
    return entry
  }

  /** It has an outcome, or is somebody else's. */
  ended(id: string): void {
    const entry = this.#byId.get(id)
    if (entry === undefined) return
    this.#byId.delete(id)
    this.#byNumber.delete(entry.number)
    this.#waiting.delete(id)
    this.#redeliveries.ended(entry.number)
  }

  /** Takes those that are due, at most so many; they wait no more. */
  takeDue(most: number): string[] {
    const ids: string[] = []
    for (let { due } = this.#redeliveries; due !== undefined && ids.length < most; { due } = this.#redeliveries) {
      this.#redeliveries.goes(due)
      const { id } = this.#byNumber.get(due)!
      this.#waiting.delete(id)
      ids.push(id)
    }
    return ids.toSorted((one, other) => (isBehind(one, other) ? 1 : -1))
  }

  /** They could not be read: they wait again. */
  putBack(ids: readonly string[]): void {
    for (const id of ids) this.failed(id, this.failuresOf(id))
  }

  end(): void {
    this.#redeliveries.end()
  }
}
