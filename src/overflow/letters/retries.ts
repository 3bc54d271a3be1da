import type { Letter } from '../../core/letter.ts'
import type { Entry } from './letter-index.ts'

/** A letter that was given out to be retried. One of the two is called, once. */
export interface Retry {
  readonly letter: Letter
  readonly editedAt: number | undefined
  /**
   * What became of the message is known: it was handled, or has failed again, and then a letter with its id has replaced
   * this one already. Resolves when this one is durably gone; where it rejects it is still under way, and may be called
   * again.
   */
  handled(): Promise<void>
  /** It couldn't be given to its node, or nobody knows what became of it: it stays. */
  failed(): void
}

/** Letters that are under way, by id: in this process only, because after a crash none is. */
export class Retries {
  readonly #underWay = new Map<string, Entry>()
  readonly #idle: (() => void)[] = []

  has(id: string): boolean {
    return this.#underWay.has(id)
  }

  /** @returns whether it wasn't under way. */
  begin(entry: Entry): boolean {
    if (this.#underWay.has(entry.id)) return false
    this.#underWay.set(entry.id, entry)
    return true
  }

  end(entry: Entry): void {
    if (this.#underWay.get(entry.id) === entry) this.#underWay.delete(entry.id)
    if (this.#underWay.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** Resolves when none is under way. */
  async ended(): Promise<void> {
    if (this.#underWay.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }
}
