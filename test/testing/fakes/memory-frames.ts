import type { Settled } from '../../../src/core/overflow-store.ts'
import { overflowError } from '../../../src/overflow/errors.ts'
import type {
  FrameChunk,
  FrameStore,
  FrameStorePlace,
  NewFrame,
  NumberedFrame,
  StoredSettled,
} from '../../../src/testing/index.ts'

/** What is under way is done later, not at once. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A place in memory whose stores keep to the contract. */
export class MemoryPlace implements FrameStorePlace {
  frames: NumberedFrame[] = []
  settled: StoredSettled | undefined
  next = 1
  owner: FrameStore | undefined
  isFailing = false

  store(): MemoryStore {
    return new MemoryStore(this)
  }

  crash(): void {
    this.owner = undefined
  }

  fail(isFailing: boolean): void {
    this.isFailing = isFailing
  }
}

/** A store in memory. Fakes have a method of their own that does one thing wrong. */
export class MemoryStore implements FrameStore {
  readonly mostFrameBytes: number = 1024 ** 2
  readonly place: MemoryPlace
  /** Appends under way. */
  underWay: Promise<void> = Promise.resolve()

  constructor(place: MemoryPlace) {
    this.place = place
  }

  get next(): number {
    return this.place.next
  }

  get bytes(): number {
    return this.place.frames.reduce((sum, { payload }) => sum + payload.length, 0)
  }

  get isOpen(): boolean {
    return this.place.owner === this
  }

  async open(): Promise<StoredSettled | undefined> {
    if (this.place.owner !== undefined) throw overflowError('SLUICE_LOG_LOCKED', 'it is taken')
    this.place.owner = this
    return this.place.settled
  }

  append(number: number, frames: readonly NewFrame[]): Promise<void> {
    this.checkOpen()
    const appending = this.write(number, frames)
    this.underWay = appending.catch(() => undefined)
    return appending
  }

  async read(from: number, mostBytes: number): Promise<FrameChunk> {
    this.checkOpen()
    const frames: NumberedFrame[] = []
    let bytes = 0
    for (const frame of this.place.frames) {
      if (frame.number + frame.count <= from) continue
      bytes += frame.payload.length
      if (frames.length > 0 && bytes > mostBytes) break
      frames.push(frame)
    }
    const last = frames.at(-1)
    return { frames, lost: [], next: last === undefined ? Math.max(from, this.next) : last.number + last.count }
  }

  async commit(settled: Settled): Promise<void> {
    this.checkOpen()
    const above = settled.above.slice(0, 1000)
    this.place.settled = { ...settled, above, parts: above.length < settled.above.length ? undefined : settled.parts }
    this.place.frames = this.place.frames.filter(({ number, count }) => number + count > settled.below)
  }

  async close(): Promise<void> {
    await this.underWay
    if (this.isOpen) this.place.owner = undefined
  }

  async write(number: number, frames: readonly NewFrame[]): Promise<void> {
    const { place } = this
    await turn()
    if (place.isFailing) throw overflowError('SLUICE_LOG_WRITE_FAILED', 'it fails')
    const count = frames.reduce((sum, frame) => sum + frame.count, 0)
    if (number + count === place.next) return
    if (number !== place.next) throw overflowError('SLUICE_OVERFLOW_OWNER_LOST', `the next is ${place.next}`)
    this.put(frames)
  }

  put(frames: readonly NewFrame[]): void {
    const { place } = this
    for (const { payload, count } of frames) {
      place.frames.push({ payload: Uint8Array.from(payload), count, number: place.next })
      place.next += count
    }
  }

  checkOpen(): void {
    if (!this.isOpen) throw overflowError('SLUICE_OVERFLOW_CLOSED', 'it is closed')
  }
}

/** A store that breaks one rule. */
export interface FakeStore {
  /** What it does wrong. */
  readonly fault: string
  /** The checks that find it. */
  readonly breaks: readonly string[]
  readonly store: new (place: MemoryPlace) => FrameStore
}
