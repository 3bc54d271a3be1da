import type { StoredRange } from './overflow-store.ts'

/** Numbers per page of the bitmap; a power of two. */
const PAGE = 4096
const WORD_BITS = 32

/** A page all of whose numbers are settled takes no room of its own. */
const FULL = 'full'

interface Page {
  readonly bits: Uint32Array
  count: number
}

/**
 * Which numbers are settled: everything below one, and a bitmap above it. Numbers are settled about in the order in which
 * they were given out, so that the bitmap stays short; one that takes long may leave a wide stretch behind it.
 */
export class SettledNumbers {
  #below: number
  readonly #pages = new Map<number, Page | typeof FULL>()
  /** The highest there was. */
  #lastPage = 0

  /** @param above in order, none below another. */
  constructor(below = 1, above: readonly StoredRange[] = []) {
    this.#below = below
    for (const { from, to } of above) this.addRange(from, to)
  }

  /** The first number that isn't settled. */
  get below(): number {
    return this.#below
  }

  has(number: number): boolean {
    if (number < this.#below) return true
    const page = this.#pages.get(Math.floor(number / PAGE))
    if (page === undefined || page === FULL) return page === FULL
    const at = number % PAGE
    return (page.bits[at >>> 5]! & (1 << (at & 31))) !== 0
  }

  /** @returns whether it is news. */
  add(number: number): boolean {
    if (this.has(number)) return false
    if (number === this.#below) this.#advance(number + 1)
    else this.#mark(number)
    return true
  }

  /** Whole pages at a time, since it may be all that a damaged store has lost. @returns how many of them are news. */
  addRange(from: number, to: number): number {
    let news = 0
    for (let number = Math.max(from, this.#below); number < to;) {
      const isPage = number % PAGE === 0 && number + PAGE <= to
      if (isPage) news += this.#fill(number / PAGE)
      else if (!this.has(number)) news += this.#mark(number)
      number += isPage ? PAGE : 1
    }
    if (this.has(this.#below)) this.#advance(this.#below)
    return news
  }

  /** What is settled above the first number that isn't, in order. */
  ranges(): StoredRange[] {
    const ranges: { from: number; to: number }[] = []
    for (let index = Math.floor(this.#below / PAGE); index <= this.#lastPage; index++) {
      const page = this.#pages.get(index)
      if (page === FULL) extend(ranges, index * PAGE, (index + 1) * PAGE)
      else if (page !== undefined) this.#addRanges(ranges, page, index * PAGE)
    }
    return ranges
  }

  #addRanges(ranges: { from: number; to: number }[], { bits }: Page, base: number): void {
    for (let at = Math.max(0, this.#below - base); at < PAGE; at++) {
      const isSet = (bits[at >>> 5]! & (1 << (at & 31))) !== 0
      if (isSet) extend(ranges, base + at, base + at + 1)
    }
  }

  /** @param number one that isn't settled. */
  #mark(number: number): 1 {
    const index = Math.floor(number / PAGE)
    let page = this.#pages.get(index) as Page | undefined
    if (page === undefined) {
      page = { bits: new Uint32Array(PAGE / WORD_BITS), count: 0 }
      this.#setPage(index, page)
    }
    const at = number % PAGE
    page.bits[at >>> 5]! |= 1 << (at & 31)
    if (++page.count === PAGE) this.#pages.set(index, FULL)
    return 1
  }

  #fill(index: number): number {
    const page = this.#pages.get(index)
    this.#setPage(index, FULL)
    return page === FULL ? 0 : PAGE - (page?.count ?? 0)
  }

  #setPage(index: number, page: Page | typeof FULL): void {
    this.#pages.set(index, page)
    if (index > this.#lastPage) this.#lastPage = index
  }

  /** Everything below a number is settled; and what follows it, as far as it is. */
  #advance(to: number): void {
    let below = to
    while (this.has(below)) {
      const isPage = below % PAGE === 0 && this.#pages.get(below / PAGE) === FULL
      below += isPage ? PAGE : 1
    }
    for (let index = Math.floor(this.#below / PAGE); index < Math.floor(below / PAGE); index++)
      this.#pages.delete(index)
    this.#below = below
  }
}

/** Ranges that touch are one. */
function extend(ranges: { from: number; to: number }[], from: number, to: number): void {
  const last = ranges.at(-1)
  if (last?.to === from) last.to = to
  else ranges.push({ from, to })
}
