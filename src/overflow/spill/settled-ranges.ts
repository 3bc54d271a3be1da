import type { Settled, StoredRange } from '../../core/overflow-store.ts'

/** What was committed as settled, for a reader that leaves it out: the ranges as they were written down, which never change. */
export class SettledRanges {
  readonly below: number
  readonly above: readonly StoredRange[]

  /** @param settled whose ranges are in order and don't overlap. */
  constructor({ below, above }: Pick<Settled, 'below' | 'above'>) {
    this.below = below
    this.above = above.filter(({ to }) => to > below)
  }

  /** How many numbers it has. */
  get count(): number {
    return this.above.reduce((sum, { from, to }) => sum + to - Math.max(from, this.below), this.below - 1)
  }

  has(number: number): boolean {
    if (number < this.below) return true
    const range = this.above[this.#firstBehind(number)]
    return range !== undefined && range.from <= number
  }

  /** What of a range isn't settled. */
  unsettledOf({ from, to }: StoredRange): StoredRange[] {
    const rest: StoredRange[] = []
    let at = Math.max(from, this.below)
    for (let index = this.#firstBehind(at); index < this.above.length && this.above[index]!.from < to; index++) {
      const settled = this.above[index]!
      if (settled.from > at) rest.push({ from: at, to: settled.from })
      at = settled.to
    }
    if (at < to) rest.push({ from: at, to })
    return rest
  }

  /** The first range that ends behind a number. */
  #firstBehind(number: number): number {
    let low = 0
    let high = this.above.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.above[middle]!.to > number) high = middle
      else low = middle + 1
    }
    return low
  }
}
