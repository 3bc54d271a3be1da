import { join } from 'node:path'
import type { LogFiles } from './files.ts'
import { LONGEST_SLOT_PAYLOAD, SlotFile } from './slot-file.ts'

/** Numbers from one on, up to another. */
export interface NumberRange {
  readonly from: number
  readonly to: number
}

interface HeadState {
  /** What is below was dropped. */
  readonly head: number
  /** What was dropped above. */
  readonly dropped: readonly NumberRange[]
  /** Of the last segment that was made before this was written. */
  readonly sequence: number
}

const EMPTY: HeadState = { head: 1, dropped: [], sequence: 0 }

/** What of a log was dropped: it is written down before files are removed, so that a file that is missing is told from one that was dropped. */
export class Head {
  readonly #slots: SlotFile
  #state = EMPTY

  constructor(files: LogFiles, folder: string) {
    this.#slots = new SlotFile(files, join(folder, 'head'))
  }

  get head(): number {
    return this.#state.head
  }

  get sequence(): number {
    return this.#state.sequence
  }

  /** @returns whether it was damaged, so that what was dropped isn't known. */
  async open(folder: string): Promise<boolean> {
    const payload = await this.#slots.open(folder)
    if (payload === undefined || payload === 'damaged') return payload === 'damaged'
    this.#state = JSON.parse(payload.toString()) as HeadState
    return false
  }

  /** Where the numbers of a segment end at the latest, as far as what was dropped behind it tells. */
  firstDroppedFrom(first: number): number {
    return this.#state.dropped.find(({ from }) => from >= first)?.from ?? Infinity
  }

  /** Whether the segment with this first number was dropped. */
  isDropped(first: number): boolean {
    return first < this.head || this.#state.dropped.some(({ from, to }) => from <= first && first < to)
  }

  /** Behind all that was dropped. */
  get end(): number {
    return Math.max(this.head, this.#state.dropped.at(-1)?.to ?? 0)
  }

  /** What of a range was not dropped. */
  missingOf(range: NumberRange): NumberRange[] {
    const missing: NumberRange[] = []
    let at = Math.max(range.from, this.head)
    for (const { from, to } of this.#state.dropped) {
      if (to <= at || from >= range.to) continue
      if (from > at) missing.push({ from: at, to: from })
      at = to
    }
    if (at < range.to) missing.push({ from: at, to: range.to })
    return missing
  }

  /**
   * Writes down that ranges are dropped.
   *
   * @param rest what follows of the log: its first number that is still wanted, and its last sequence.
   * @returns whether it could: a range that is one too many must wait until those before it are dropped.
   */
  async drop(
    ranges: readonly NumberRange[],
    rest: { readonly head: number; readonly sequence: number },
  ): Promise<boolean> {
    const dropped = merged([...this.#state.dropped, ...ranges].filter(({ to }) => to > rest.head))
    const state: HeadState = { head: rest.head, dropped, sequence: rest.sequence }
    const payload = Buffer.from(JSON.stringify(state))
    if (payload.length > LONGEST_SLOT_PAYLOAD) return false
    await this.#slots.write(payload)
    this.#state = state
    return true
  }

  close(): Promise<void> {
    return this.#slots.close()
  }
}

/** Ranges that touch are one. */
function merged(ranges: readonly NumberRange[]): NumberRange[] {
  const result: NumberRange[] = []
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1)
    if (last !== undefined && range.from <= last.to)
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
    else result.push(range)
  }
  return result
}
