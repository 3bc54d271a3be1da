import { basename, dirname, join } from 'node:path'
import type { WorkerContext } from '../../core/component.ts'
import { asError } from '../../core/errors.ts'
import { errnoOf } from '../errno.ts'
import type { Compressor } from './compressor.ts'
import { fileError } from './errors.ts'
import { removeIfThere, type OutputFileSystem } from './file-system.ts'
import { compressedName, plainNameOf, readRotatedName, rotatedName, type RotatedName } from './rotated-names.ts'

/** When a file is ended and another one begun, and what becomes of those that were. */
export interface RotationSettings {
  /** Most bytes of a file, unless one message has more. */
  readonly size?: number | undefined
  /** A file is ended when UTC passes a multiple of it, in ms. */
  readonly every?: number | undefined
  /** Most rotated files of one path that stay. */
  readonly keep?: number | undefined
}

type Context = Pick<WorkerContext, 'node' | 'clock' | 'log' | 'metrics'>

/** Names files that are rotated, and looks after them. */
export class Rotation {
  readonly size: number
  readonly #every: number
  readonly #keep: number | undefined
  readonly #files: OutputFileSystem
  readonly #compressor: Compressor | undefined
  readonly #context: Context
  /** The second of the last rotation, and the last numbers in it, by live path. */
  #second = 0
  readonly #numbers = new Map<string, number>()

  constructor(
    { size = Infinity, every = Infinity, keep }: RotationSettings,
    context: Context,
    { files, compressor }: { readonly files: OutputFileSystem; readonly compressor: Compressor | undefined },
  ) {
    this.size = size
    this.#every = every
    this.#keep = keep
    this.#context = context
    this.#files = files
    this.#compressor = compressor
  }

  /** When a file is due that was begun, or last written to, at a time; ms since 1970, Infinity for never. */
  endOfPeriod(date: number): number {
    return this.#every === Infinity ? Infinity : (Math.floor(date / this.#every) + 1) * this.#every
  }

  /**
   * Where the live file at a path goes: nothing is there, compressed or not, and nothing was since the second began, so that
   * a name means one file also where files are taken away at once.
   *
   * @throws SLUICE_FILE_ROTATE_FAILED
   */
  async freePath(live: string): Promise<string> {
    const date = this.#context.clock.date()
    const second = Math.floor(date / 1_000)
    if (second !== this.#second) this.#numbers.clear()
    this.#second = second
    for (let number = (this.#numbers.get(live) ?? 0) + 1; ; number++) {
      const path = join(dirname(live), rotatedName(basename(live), date, number))
      if ((await this.#isThere(path)) || (await this.#isThere(compressedName(path)))) continue
      this.#numbers.set(live, number)
      return path
    }
  }

  /** Cares for what the live file at a path has become. Never rejects. */
  async rotated(live: string, path: string): Promise<void> {
    this.#context.metrics.add('rotated')
    this.#compressor?.add(path)
    if (this.#keep !== undefined) await this.#removeOldest(live, path, this.#keep)
  }

  async #isThere(path: string): Promise<boolean> {
    try {
      await this.#files.stat(path)
      return true
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false
      throw fileError('SLUICE_FILE_ROTATE_FAILED', 'cannot look whether there is', { path, cause: error })
    }
  }

  async #removeOldest(live: string, newest: string, keep: number): Promise<void> {
    const { node, log, metrics } = this.#context
    try {
      for (const name of await this.#tooOld(live, basename(newest), keep)) {
        const path = join(dirname(live), name)
        // It may be compressed at this moment.
        const wasPlain = await removeIfThere(this.#files, path)
        const wasCompressed = await removeIfThere(this.#files, compressedName(path))
        if (!wasPlain && !wasCompressed) continue
        metrics.add('rotated_removed')
        log.info(`removed a rotated file: ${keep} are kept`, { node, path })
      }
    } catch (error) {
      metrics.add('rotated_remove_failures')
      const reason = errnoOf(error) ?? asError(error).message
      log.warn(`cannot remove the oldest rotated files: ${reason}`, { node, path: live, reason })
    }
  }

  /**
   * Names of the oldest ones, as they are before they are compressed.
   *
   * @param newest the one that was rotated just now, also where the wall clock has gone back since others were.
   */
  async #tooOld(live: string, newest: string, keep: number): Promise<readonly string[]> {
    const entries = await this.#files.list(dirname(live))
    const rotated = entries.flatMap(({ name }) => readRotatedName(basename(live), name) ?? [])
    const plain = new Map(rotated.map((each) => [ageOf(each), plainNameOf(each)]))
    const others = [...plain.keys()].filter((age) => plain.get(age) !== newest).toSorted()
    return others.slice(0, Math.max(0, others.length + 1 - keep)).map((age) => plain.get(age)!)
  }
}

/** Sorts as time and number do. */
function ageOf({ time, number }: RotatedName): string {
  return `${time}-${String(number).padStart(9, '0')}`
}
