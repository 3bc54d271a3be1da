import { join } from 'node:path'
import type { Settled } from '../../core/overflow-store.ts'
import type { LogFiles } from '../log/files.ts'
import { SlotFile } from '../log/slot-file.ts'
import { rangesOf, stepsOf } from '../range-steps.ts'

/** What is written down of an overflow beside its frames. */
export interface Committed extends Settled {
  /** The number of the next message when it was written: what was confirmed then, and isn't there, is lost. */
  readonly next: number
}

/** As it is in the file; ranges are written as the steps from one end to the next. */
interface Written {
  readonly below: number
  readonly parts: number
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
    const { below, parts, next, above } = JSON.parse(payload.toString()) as Written
    return { below, parts, next, above: rangesOf(below, above) }
  }

  /** Resolves when the disk has confirmed, with what it has; ranges that don't fit are forgotten, the shortest first. */
  async write({ below, above, parts, next }: Committed): Promise<Committed> {
    const room = this.#slots.longestPayload - REST_BYTES
    const written: Written = { below, parts, next, above: stepsOf(below, above, room) }
    await this.#slots.write(Buffer.from(JSON.stringify(written)))
    return { below, parts, next, above: rangesOf(below, written.above) }
  }

  close(): Promise<void> {
    return this.#slots.close()
  }
}
