/** Entries that are kept at most; of more, every other one goes, and ages are that much less exact. */
const MOST = 1024

/** When messages were stored, by their numbers: noted once for all that were stored together. */
export class StoredAges {
  #entries: { readonly from: number; readonly storedAt: number }[] = []

  /** @param number above all that was noted before. @param storedAt ms since 1970. */
  note(number: number, storedAt: number): void {
    if (this.#entries.at(-1)?.storedAt === storedAt) return
    this.#entries.push({ from: number, storedAt })
    if (this.#entries.length > MOST) this.#entries = this.#entries.filter((_, index) => index % 2 === 0)
  }

  /** When a number was stored, which is above all that were asked for before; undefined where nothing was noted of it. */
  of(number: number): number | undefined {
    const behind = this.#entries.findIndex(({ from }) => from > number)
    const at = (behind === -1 ? this.#entries.length : behind) - 1
    if (at > 0) this.#entries.splice(0, at)
    const [first] = this.#entries
    return first !== undefined && first.from <= number ? first.storedAt : undefined
  }
}
