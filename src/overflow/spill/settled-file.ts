import { join } from 'node:path'
import type { LogFiles } from '../log/files.ts'
import { SlotFile } from '../log/slot-file.ts'
import { areAll, rangesOf, stepsOf } from '../range-steps.ts'
import { MOST_PARTS } from './frame-header.ts'
import type { StoredSettled } from './frame-store.ts'

/** What is written down of an overflow beside its frames. */
export interface Committed extends StoredSettled {
  /** The number of the next message when it was written: what was confirmed then, and isn't there, is lost. */
  readonly next: number
}

/** As it is in the file; ranges are written as the steps from one end to the next. */
interface Written {
  readonly below: number
  /** null where ranges were left out. */
  readonly parts: number | null
  readonly next: number
  readonly above: readonly number[]
}

/** Some 4,000 ranges, as a stage with as many messages under way may leave them. */
const SLOT_BYTES = 16 * 1024
/** Of all that isn't ranges. */
const REST_BYTES = 128

/** What was settled, in a file of two checksummed slots, so that one is whole whenever the power goes. */
export class SettledFile {
  readonly path: string
  readonly #slots: SlotFile

  constructor(files: LogFiles, folder: string) {
    this.path = join(folder, 'settled')
    this.#slots = new SlotFile(files, this.path, SLOT_BYTES)
  }

  async open(folder: string): Promise<Committed | 'damaged' | undefined> {
    const payload = await this.#slots.open(folder)
    if (payload === undefined || payload === 'damaged') return payload
    return committedIn(payload.toString()) ?? 'damaged'
  }

  /** Resolves when the disk has confirmed, with what it has; ranges that don't fit are forgotten, the shortest first. */
  async write({ below, above, parts, next }: Committed): Promise<Committed> {
    const room = this.#slots.longestPayload - REST_BYTES
    const steps = stepsOf(below, above, room)
    const known = areAll(above, steps) ? parts : undefined
    const written: Written = { below, parts: known ?? null, next, above: steps }
    await this.#slots.write(Buffer.from(JSON.stringify(written)))
    return { below, parts: known, next, above: rangesOf(below, steps) }
  }

  close(): Promise<void> {
    return this.#slots.close()
  }
}

/** undefined where it can't be true: its checksum says that nothing has changed since, not who has written it. */
function committedIn(text: string): Committed | undefined {
  try {
    const { below, parts, next, above: steps } = JSON.parse(text) as Written
    const above = rangesOf(below, steps)
    const isOurs = isCount(below) && below >= 1 && isCount(next) && areAll(above, steps)
    const isLikely = (above.at(-1)?.to ?? below) <= next && (parts === null || (isCount(parts) && parts <= MOST_PARTS))
    return isOurs && isLikely ? { below, parts: parts ?? undefined, next, above } : undefined
  } catch {
    return undefined
  }
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
