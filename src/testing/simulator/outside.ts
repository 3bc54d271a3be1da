import type { LetterStore } from './letter-store.ts'

/** What one producer reads from, which outlives a crash: what was read, and what it has not been told of yet. */
export class SourceRecord {
  /** Messages that have been read at least once. */
  made = 0
  /** Sequence numbers of those without an outcome: they are read again by the next process. */
  readonly open = new Set<number>()
  /** What this process has read, in its order. */
  roots: string[] = []

  /** The process is gone. @returns what the next one reads first. */
  reopen(): number[] {
    this.roots = []
    return [...this.open].toSorted((one, other) => one - other)
  }
}

/** The world around the graph: what is still there when the process has crashed. */
export class Outside {
  readonly letters: LetterStore
  readonly #sources = new Map<string, SourceRecord>()

  constructor(letters: LetterStore) {
    this.letters = letters
  }

  source(producer: string): SourceRecord {
    let record = this.#sources.get(producer)
    if (record === undefined) this.#sources.set(producer, (record = new SourceRecord()))
    return record
  }
}
