import type { StoredRange } from '../../core/overflow-store.ts'
import { asError } from '../../core/errors.ts'
import type { FrameStore, NewFrame, NumberedFrame } from '../../overflow/spill/frame-store.ts'
import { testingError } from '../errors.ts'

/** A place that a store keeps frames in, such as a folder or a key prefix, empty at first. */
export interface FrameStorePlace {
  /** A store in this place, not open yet. Each call makes another one, as another process would. */
  store(): FrameStore
  /**
   * The process of a store is no more: it is not closed, and nothing that it does from now on has an effect. Leave it out
   * where that can't be had; then what a crash leaves isn't checked.
   */
  crash?(store: FrameStore): Promise<void> | void
  /** Makes the place fail: what is appended is refused, until it is called with `false`. Leave it out where that can't be had. */
  fail?(isFailing: boolean): Promise<void> | void
  /** Clears it away, after the check. */
  remove?(): Promise<void> | void
}

/** What is read of a store from a number on up to its end. */
export interface Content {
  readonly frames: readonly NumberedFrame[]
  readonly lost: readonly StoredRange[]
  readonly next: number
}

const READ_BYTES = 64 * 1024
/** More calls than any sample here needs: whoever gets nowhere is told. */
const MOST_READS = 5_000

/** One check of a store: a place, and what is done there. */
export class Trial {
  readonly place: FrameStorePlace
  readonly #open = new Set<FrameStore>()

  constructor(place: FrameStorePlace) {
    this.place = place
  }

  /** A store that is open. */
  async open(): Promise<FrameStore> {
    const store = this.place.store()
    await this.reopen(store)
    return store
  }

  async reopen(store: FrameStore): Promise<void> {
    await store.open({ onOwnerLost: () => undefined })
    this.#open.add(store)
  }

  async close(store: FrameStore): Promise<void> {
    this.#open.delete(store)
    await store.close()
  }

  /** Closes a store, and opens another one in the same place. */
  async change(store: FrameStore): Promise<FrameStore> {
    await this.close(store)
    return this.open()
  }

  /** Who is no more closes nothing. */
  async crash(store: FrameStore): Promise<void> {
    this.#open.delete(store)
    await this.place.crash?.(store)
  }

  async end(): Promise<void> {
    for (const store of this.#open) await store.close().catch(() => undefined)
    await this.place.remove?.()
  }

  /** Appends one call of frames at the end. */
  async append(store: FrameStore, frames: readonly NewFrame[]): Promise<void> {
    const { next } = store
    await store.append(next, frames)
    const expected = next + countOf(frames)
    if (store.next !== expected) breach(`\`next\` is ${store.next} where ${expected} messages and one are confirmed`)
  }

  async contentOf(store: FrameStore, from = 1, mostBytes = READ_BYTES): Promise<Content> {
    const frames: NumberedFrame[] = []
    const lost: StoredRange[] = []
    let next = from
    for (let reads = 0; reads < MOST_READS; reads++) {
      const chunk = await store.read(next, mostBytes)
      frames.push(...chunk.frames)
      lost.push(...chunk.lost)
      if (chunk.frames.length === 0 && chunk.lost.length === 0) return { frames, lost, next: chunk.next }
      if (chunk.next <= next) breach(`a read from ${next} on says to go on at ${chunk.next}`)
      next = chunk.next
    }
    return breach(`${MOST_READS} reads did not come to the end`)
  }

  /** That exactly these frames are there, from a number on, and nothing is lost. */
  async expectContent(store: FrameStore, expected: readonly NumberedFrame[], from = 1): Promise<void> {
    const { frames, lost } = await this.contentOf(store, from)
    if (lost.length > 0) breach(`it says that ${told(lost)} are lost, which were never there or are settled`)
    expectFrames(frames, expected)
  }
}

export function expectFrames(found: readonly NumberedFrame[], expected: readonly NumberedFrame[]): void {
  for (const [index, frame] of expected.entries()) {
    const other = found[index]
    if (other === undefined) breach(`there are ${found.length} frames where ${expected.length} were confirmed`)
    if (other.number !== frame.number || other.count !== frame.count)
      breach(`frame ${index} has ${numbersOf(other)} where it is ${numbersOf(frame)}`)
    if (!Buffer.from(other.payload).equals(frame.payload)) breach(`the bytes of ${numbersOf(frame)} are others`)
  }
  if (found.length > expected.length) breach(`there are ${found.length} frames where ${expected.length} were confirmed`)
}

const numbersOf = ({ number, count }: NumberedFrame): string => `the numbers ${number} to ${number + count - 1}`
const told = (ranges: readonly StoredRange[]): string => ranges.map(({ from, to }) => `${from} to ${to - 1}`).join(', ')

export function countOf(frames: readonly NewFrame[]): number {
  return frames.reduce((sum, { count }) => sum + count, 0)
}

/** Frames of some bytes each, no two alike, of 1, 2, 3, 1, 2 … messages. */
export function sampleFrames(count: number, { bytes = 100, seed = 0 } = {}): NewFrame[] {
  return Array.from({ length: count }, (_, index) => {
    const payload = Buffer.alloc(bytes, index)
    payload.writeUInt32BE(seed * 1_000_003 + index)
    return { payload, count: 1 + (index % 3) }
  })
}

/** Frames with the numbers that they have where the first has this one. */
export function numbered(frames: readonly NewFrame[], first = 1): NumberedFrame[] {
  let number = first
  return frames.map((frame) => {
    const one = { ...frame, number }
    number += frame.count
    return one
  })
}

/** What a promise came to; undefined while it is under way. */
export async function outcomeOf(promise: Promise<unknown>, waitMs: number): Promise<'resolved' | Error | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), waitMs)))
  const known = promise.then(
    () => 'resolved' as const,
    (error: unknown) => asError(error),
  )
  try {
    return await Promise.race([known, late])
  } finally {
    clearTimeout(timer)
  }
}

/** @throws SLUICE_TESTING_STORE */
export function breach(what: string): never {
  throw testingError('SLUICE_TESTING_STORE', what)
}
