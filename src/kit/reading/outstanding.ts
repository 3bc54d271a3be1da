import type { Message } from '../../core/message.ts'

/**
 * A record that was given and has no outcome; its message is made of it as it is. Places are bytes from the beginning of
 * the file, as unpacked.
 */
export interface Entry {
  position: string
  headers: Readonly<Record<string, string>>
  readonly start: number
  /** Behind it, its end of line included. */
  readonly end: number
  /** As it was read, since handlers and the kernel may put something else into the message. */
  data: unknown
  readonly sizeBytes: number
  /** As it is under way; undefined while it waits to be given again. */
  message: Message | undefined
  attempt: number
  isSettled: boolean
}

/** A stretch of a file: from the first byte to behind the last. */
export type Stretch = readonly [from: number, to: number]

/** So many settled ones in front of, or between, others are kept before the list is cut. */
const FEW = 1024
/** Stretches above the prefix that are written down; what is settled behind them comes again after a crash. */
const MOST_STRETCHES = 100

/**
 * What was given of one file and has no outcome, in the order of the file. What is settled is forgotten, in whatever order
 * outcomes come, so that it takes no more room than what is unacked.
 */
export class Outstanding {
  #entries: Entry[] = []
  #head = 0
  /** Settled ones behind the head. */
  #holes = 0
  #passed: number

  /** @param passed how far the file was read before. */
  constructor(passed: number) {
    this.#passed = passed
  }

  /** All before was given, or passed over. */
  get passed(): number {
    return this.#passed
  }

  /** All before has an outcome: nothing of it is needed again. */
  get prefix(): number {
    return this.#entries[this.#head]?.start ?? this.#passed
  }

  get count(): number {
    return this.#entries.length - this.#head - this.#holes
  }

  given(entry: Entry): void {
    this.#entries.push(entry)
    this.#passed = entry.end
  }

  /** What comes up to there is no message. */
  pass(to: number): void {
    this.#passed = to
  }

  /** Settles a message if it is the first one without an outcome, as most are. */
  settleFirst(message: Message): boolean {
    const entry = this.#entries[this.#head]
    if (entry === undefined || entry.message !== message) return false
    this.#settle(entry)
    return true
  }

  /** Settles the message that begins there; not one that has been settled, or was given again since. */
  settle(message: Message, start: number): void {
    const entry = this.find(message, start)
    if (entry !== undefined) this.#settle(entry)
  }

  /** What is known of a message that has no outcome. */
  find(message: Message, start: number): Entry | undefined {
    let low = this.#head
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#entries[middle]!.start < start) low = middle + 1
      else high = middle
    }
    const entry = this.#entries[low]
    return entry?.message === message && !entry.isSettled ? entry : undefined
  }

  /** What is settled above the prefix. */
  above(): Stretch[] {
    const stretches: Stretch[] = []
    let from = this.prefix
    for (let index = this.#head; index < this.#entries.length; index++) {
      const { start, end, isSettled } = this.#entries[index]!
      if (isSettled) continue
      if (start > from && stretches.push([from, start]) === MOST_STRETCHES) return stretches
      from = end
    }
    if (this.#passed > from) stretches.push([from, this.#passed])
    return stretches
  }

  #settle(entry: Entry): void {
    entry.isSettled = true
    entry.message = undefined
    entry.data = undefined
    if (entry === this.#entries[this.#head]) this.#advance()
    else if (++this.#holes > FEW && 2 * this.#holes > this.#entries.length - this.#head) this.#cut()
  }

  #advance(): void {
    const entries = this.#entries
    this.#head++
    for (; entries[this.#head]?.isSettled === true; this.#head++) this.#holes--
    if (this.#head === entries.length) {
      this.#entries = []
      this.#head = 0
    } else if (this.#head > FEW && 2 * this.#head > entries.length) this.#cut()
  }

  #cut(): void {
    this.#entries = this.#entries.filter(({ isSettled }, index) => index >= this.#head && !isSettled)
    this.#head = 0
    this.#holes = 0
  }
}
