/** Numbers that lie close together, a bit each; and as ranges. */
export class NumberSet {
  #base = 0
  #bits = new Uint8Array(0)

  /** Adds the numbers from one on up to another. */
  add(from: number, to: number): void {
    this.#makeRoom(from, to)
    for (let number = from; number < to; number++) {
      const at = number - this.#base
      this.#bits[at >> 3]! |= 1 << (at & 7)
    }
  }

  has(number: number): boolean {
    const at = number - this.#base
    return at >= 0 && at < this.#bits.length * 8 && (this.#bits[at >> 3]! & (1 << (at & 7))) !== 0
  }

  /** Each from a number on, up to another. */
  ranges(): [from: number, to: number][] {
    const ranges: [number, number][] = []
    const end = this.#base + this.#bits.length * 8
    for (let number = this.#base; number < end; number++) {
      if (!this.has(number)) continue
      const last = ranges.at(-1)
      if (last?.[1] === number) last[1] = number + 1
      else ranges.push([number, number + 1])
    }
    return ranges
  }

  #makeRoom(from: number, to: number): void {
    const start = from - (from % 8)
    const base = this.#bits.length === 0 ? start : Math.min(this.#base, start)
    const end = Math.max(this.#base + this.#bits.length * 8, to)
    const bytes = Math.ceil((end - base) / 8)
    if (base === this.#base && bytes <= this.#bits.length) return
    const bits = new Uint8Array(Math.max(bytes, this.#bits.length * 2))
    if (this.#bits.length > 0) bits.set(this.#bits, (this.#base - base) / 8)
    this.#base = base
    this.#bits = bits
  }
}
