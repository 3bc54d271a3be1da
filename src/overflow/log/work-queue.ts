import type { NewFrame } from './frame.ts'
import { sizeOfFrame } from './frame.ts'
import type { FrameGroup, LogWriter, Written } from './writer.ts'

/** Where the frames of one append are: one behind the other. */
export interface Appended {
  /** Of the segment. */
  readonly sequence: number
  readonly offset: number
  readonly number: number
}

interface Append extends FrameGroup {
  resolve(appended: Appended): void
  reject(error: unknown): void
}

type Task = () => Promise<void>

/** Most bytes and frames that one write has, unless one append is larger. */
const MOST_BYTES = 16 * 1024 ** 2
const MOST_FRAMES = 512

/**
 * What is done to a log, one after the other. One write is under way at a time, and the next takes all appends that have
 * come meanwhile: the more there is to do, the fewer confirmations of the disk it takes (group commit).
 */
export class WorkQueue {
  readonly #writer: LogWriter
  readonly #waiting: (Append | Task)[] = []
  #isRunning = false
  /** Bytes that were given and are not confirmed. */
  pendingBytes = 0

  constructor(writer: LogWriter) {
    this.#writer = writer
  }

  append(frames: readonly NewFrame[]): Promise<Appended> {
    const bytes = frames.reduce((sum, frame) => sum + sizeOfFrame(frame), 0)
    this.pendingBytes += bytes
    return new Promise((resolve, reject) => this.#give({ frames, bytes, resolve, reject }))
  }

  /** Does something while nothing is written. */
  run<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => this.#give(() => task().then(resolve, reject)))
  }

  #give(work: Append | Task): void {
    this.#waiting.push(work)
    if (!this.#isRunning) void this.#work()
  }

  /** Never rejects. That nothing waits is seen and said in one step: what comes a moment later starts it anew. */
  async #work(): Promise<void> {
    this.#isRunning = true
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (typeof next === 'function') {
        this.#waiting.shift()
        await next()
      } else await this.#write(this.#takeAppends())
    }
    this.#isRunning = false
  }

  #takeAppends(): readonly Append[] {
    let bytes = 0
    let frames = 0
    let count = 0
    for (const work of this.#waiting) {
      if (typeof work === 'function') break
      bytes += work.bytes
      frames += work.frames.length
      if (count > 0 && (bytes > MOST_BYTES || frames > MOST_FRAMES)) break
      count++
    }
    return this.#waiting.splice(0, count) as Append[]
  }

  async #write(appends: readonly Append[]): Promise<void> {
    const bytes = appends.reduce((sum, append) => sum + append.bytes, 0)
    try {
      const written = await this.#writer.write({ frames: appends.flatMap(({ frames }) => frames), bytes })
      this.pendingBytes -= bytes
      this.#confirm(appends, written)
    } catch (error) {
      this.pendingBytes -= bytes
      this.#refuse(appends, error)
    }
  }

  #confirm(appends: readonly Append[], { segment, offset, number }: Written): void {
    let place = { sequence: segment.sequence, offset, number }
    for (const { frames, bytes, resolve } of appends) {
      resolve(place)
      const count = frames.reduce((sum, frame) => sum + (frame.count ?? 1), 0)
      place = { sequence: place.sequence, offset: place.offset + bytes, number: place.number + count }
    }
  }

  /** What waits behind what failed is refused with it: it must not overtake what its giver is going to try again. */
  #refuse(appends: readonly Append[], error: unknown): void {
    const behind = this.#waiting.filter((work) => typeof work !== 'function')
    const tasks = this.#waiting.filter((work) => typeof work === 'function')
    this.#waiting.splice(0, Infinity, ...tasks)
    for (const append of behind) this.pendingBytes -= append.bytes
    for (const { reject } of [...appends, ...behind]) reject(error)
  }
}
