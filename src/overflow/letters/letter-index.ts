import type { SegmentInfo } from '../log/log.ts'
import type { LetterSummary, Marks } from './letter-frame.ts'
import { NumberSet } from './number-set.ts'

/** Where a letter is, and what it is looked for by. */
export interface Entry {
  readonly id: string
  readonly node: string
  readonly code: string | undefined
  readonly failedAt: number
  /** Where its frame is; it may be moved. */
  number: number
  sequence: number
  offset: number
  readonly bytes: number
}

/** Where a frame is. */
export interface FrameAt {
  readonly sequence: number
  readonly number: number
  readonly offset: number
  readonly bytes: number
}

/** What the store knows of a segment of its log. */
interface SegmentUse {
  /** Letters that are not removed. */
  live: number
  /** Of those that are. */
  readonly dead: NumberSet
  /** Segments with letters that are removed because of what stands in this one: marks, and letters with the same id. */
  readonly covers: Set<number>
  /** Behind the last number of it that is counted here. */
  until: number
}

/** The letters of a store, and what of its segments is still needed. */
export class LetterIndex {
  readonly #entries = new Map<string, Entry>()
  readonly #uses = new Map<number, SegmentUse>()
  /** Texts that many letters share, once each. */
  readonly #shared = new Map<string, string>()

  get size(): number {
    return this.#entries.size
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values()
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id)
  }

  /** A letter that was stored; of two with one id the later one counts. @returns whether there was another. */
  put({ id, node, code, failedAt }: LetterSummary, at: FrameAt): boolean {
    const { sequence, number, offset, bytes } = at
    const kept = { id, node: this.#share(node), code: code === undefined ? undefined : this.#share(code), failedAt }
    const entry: Entry = { ...kept, number, sequence, offset, bytes }
    const other = this.#entries.get(id)
    this.#useOf(at).live++
    if (other !== undefined && other.number > number) this.#bury(entry, other.sequence)
    else this.#entries.set(id, entry)
    if (other !== undefined && other.number < number) this.#bury(other, sequence)
    return other !== undefined
  }

  /** A letter was written again, in another place. It stays the same entry: who retries it knows it by that. */
  move(entry: Entry, { sequence, number, offset }: FrameAt): void {
    const { sequence: from } = entry
    this.#useOf({ sequence, number }).live++
    this.#bury(entry, sequence)
    Object.assign(entry, { sequence, number, offset })
    if (from !== sequence) this.#uses.get(sequence)!.covers.add(from)
  }

  /** Marks that were stored; letters that they remove and that are still here are taken out by `sweep`. */
  mark(removed: Marks, at: FrameAt): void {
    const use = this.#useOf(at)
    for (const [sequence, ranges] of Object.entries(removed)) {
      const target = this.#uses.get(Number(sequence))
      if (target === undefined) continue
      for (const [from, to] of ranges) target.dead.add(from, to)
      if (Number(sequence) !== at.sequence) use.covers.add(Number(sequence))
    }
  }

  /** Something that is not known is kept. */
  keep(at: FrameAt): void {
    this.#useOf(at).live++
  }

  sweep(): void {
    for (const entry of this.#entries.values())
      if (this.#uses.get(entry.sequence)!.dead.has(entry.number)) this.#delete(entry)
  }

  /** Takes letters out that marks have removed, unless there is a later one with the same id. */
  remove(entries: readonly Entry[]): void {
    for (const entry of entries) if (this.#entries.get(entry.id) === entry) this.#delete(entry)
  }

  /** The marks that remove letters. */
  marksOf(entries: readonly Entry[]): Marks {
    const bySegment = new Map<number, number[]>()
    for (const { sequence, number } of entries) {
      const numbers = bySegment.get(sequence)
      if (numbers === undefined) bySegment.set(sequence, [number])
      else numbers.push(number)
    }
    const pairs = [...bySegment].map(([sequence, numbers]) => {
      const set = new NumberSet()
      for (const number of numbers) set.add(number, number + 1)
      return [sequence, set.ranges()]
    })
    return Object.fromEntries(pairs) as Marks
  }

  /** Says again what is removed in segments. */
  marksFor(sequences: Iterable<number>): Marks {
    return Object.fromEntries([...sequences].map((sequence) => [sequence, this.#uses.get(sequence)!.dead.ranges()]))
  }

  /** Whether nothing of a segment is wanted any more, up to a number. */
  isIdle(sequence: number, until: number): boolean {
    return this.liveIn(sequence, until) === 0
  }

  /** Letters in a segment, by a look at all. */
  entriesOf(sequence: number): Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.sequence === sequence)
  }

  /** The letters of each segment of which at least half is removed, as far as they take no more room; the fewest first. */
  sparse(segments: readonly SegmentInfo[], room: number): Entry[][] {
    const found = segments.map(({ sequence, until, bytes }) => {
      const entries = this.entriesOf(sequence)
      const liveBytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
      const isKnown = this.liveIn(sequence, until) === entries.length
      return { entries, liveBytes, isSparse: isKnown && liveBytes * 2 <= bytes && liveBytes <= room }
    })
    const sparse = found.filter(({ isSparse }) => isSparse).toSorted((a, b) => a.liveBytes - b.liveBytes)
    return sparse.map(({ entries }) => entries)
  }

  /** How many letters of a segment are wanted; undefined where more was written to it than is counted here. */
  liveIn(sequence: number, until: number): number | undefined {
    const use = this.#uses.get(sequence)
    return use?.until === until ? use.live : undefined
  }

  /** Segments outside of a list whose letters are removed by what is in it. */
  coveredBy(sequences: readonly number[]): Set<number> {
    const covered = new Set(sequences.flatMap((sequence) => [...this.#uses.get(sequence)!.covers]))
    for (const sequence of covered)
      if (!this.#uses.has(sequence) || sequences.includes(sequence)) covered.delete(sequence)
    return covered
  }

  /** The segments that there are; of what isn't here up to their ends nothing could be read. */
  settle(segments: readonly { readonly sequence: number; readonly until: number }[]): void {
    for (const { sequence, until } of segments) this.#useOf({ sequence, number: until - 1 })
  }

  /** Forgets segments that were dropped. */
  forget(isThere: (sequence: number) => boolean): void {
    for (const sequence of this.#uses.keys()) if (!isThere(sequence)) this.#uses.delete(sequence)
  }

  #delete(entry: Entry): void {
    this.#entries.delete(entry.id)
    const use = this.#uses.get(entry.sequence)
    if (use === undefined) return
    use.live--
    use.dead.add(entry.number, entry.number + 1)
  }

  /** A letter that another one with the same id, in that segment, has replaced. */
  #bury({ sequence, number }: Entry, by: number): void {
    const use = this.#uses.get(sequence)
    if (use === undefined) return
    use.live--
    use.dead.add(number, number + 1)
    if (sequence !== by) this.#uses.get(by)!.covers.add(sequence)
  }

  #useOf({ sequence, number }: { readonly sequence: number; readonly number: number }): SegmentUse {
    let use = this.#uses.get(sequence)
    if (use === undefined)
      this.#uses.set(sequence, (use = { live: 0, dead: new NumberSet(), covers: new Set(), until: 0 }))
    use.until = Math.max(use.until, number + 1)
    return use
  }

  #share(text: string): string {
    const known = this.#shared.get(text)
    if (known === undefined) this.#shared.set(text, text)
    return known ?? text
  }
}
