import type { Settled } from '../../../src/core/overflow-store.ts'
import { overflowError } from '../../../src/overflow/errors.ts'
import type { FrameChunk, FrameStore, FrameStorePlace, NewFrame, NumberedFrame } from '../../../src/testing/index.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A place in memory whose stores keep to the contract. */
export class MemoryPlace implements FrameStorePlace {
  frames: NumberedFrame[] = []
  settled: Settled | undefined
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

  async open(): Promise<Settled | undefined> {
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
    this.place.settled = { ...settled, above: settled.above.slice(0, 1000) }
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

export const EMPTY = 'is empty at first: the next number is 1, nothing is committed, and nothing is lost'
export const NUMBERS = 'gives each message a number, counted up from 1, also after it was opened again'
export const CONTENT = 'gives frames back in order and byte by byte, to whoever appended them and to the next owner'
export const ANYWHERE = 'reads from any number on: the first frame is the one that holds it'
export const MOST = 'reads no more bytes at once than it is asked for, but a frame at least'
export const AT_END = 'reads nothing at its end, and goes on when there is more'
export const CONFIRMED = 'reads nothing that is not confirmed'
export const SIZES = 'takes large frames, and many'
export const AGAIN = 'has frames once that are appended again with their number'
export const PLACED = 'refuses frames at a number that is not the next one, and stays as it is'
export const ALL_OR_NONE = 'stores all frames of a call or none, and takes them when the place works again'
export const COMMITTED = 'knows what was committed last when it is opened again'
export const PREFIX = 'never forgets the prefix that is settled, however many gaps there are above'
export const ROOM = 'gives room back for what is settled, calls none of it lost, and uses no number twice'
export const KEPT = 'keeps what is above the settled prefix'
export const ONE_OWNER = 'has one owner: another one is refused or waits, and gets it when the first has left'
export const CLOSED = 'takes nothing once it is closed, which may be said twice, until it is opened again'
export const CLOSING = 'closes when what is under way is confirmed or refused'
export const CRASH = 'has all that was confirmed, and what was committed, after a crash'

export const FAKE_STORES: readonly FakeStore[] = [
  {
    fault: 'counts from 0',
    breaks: [EMPTY],
    store: class extends MemoryStore {
      constructor(place: MemoryPlace) {
        super(place)
        if (place.frames.length === 0 && place.settled === undefined) place.next = 0
      }
    },
  },
  {
    fault: 'counts frames instead of messages',
    breaks: [NUMBERS],
    store: class extends MemoryStore {
      override put(frames: readonly NewFrame[]): void {
        for (const { payload, count } of frames) {
          this.place.frames.push({ payload, count, number: this.place.next })
          this.place.next += 1
        }
      }
    },
  },
  {
    fault: 'keeps texts, not bytes',
    breaks: [CONTENT],
    store: class extends MemoryStore {
      override put(frames: readonly NewFrame[]): void {
        super.put(
          frames.map(({ payload, count }) => ({ payload: Buffer.from(Buffer.from(payload).toString()), count })),
        )
      }
    },
  },
  {
    fault: 'gives frames in the order of their bytes',
    breaks: [CONTENT],
    store: class extends MemoryStore {
      override async read(from: number, mostBytes: number): Promise<FrameChunk> {
        const chunk = await super.read(from, mostBytes)
        return { ...chunk, frames: chunk.frames.toSorted((a, b) => Buffer.compare(b.payload, a.payload)) }
      }
    },
  },
  {
    fault: 'reads from the first frame that begins there',
    breaks: [ANYWHERE],
    store: class extends MemoryStore {
      override async read(from: number, mostBytes: number): Promise<FrameChunk> {
        const begin = this.place.frames.find(({ number }) => number >= from)
        return super.read(begin?.number ?? this.next, mostBytes)
      }
    },
  },
  {
    fault: 'reads all that there is',
    breaks: [MOST],
    store: class extends MemoryStore {
      override read(from: number): Promise<FrameChunk> {
        return super.read(from, Infinity)
      }
    },
  },
  {
    fault: 'gives its last frame again at the end',
    breaks: [AT_END],
    store: class extends MemoryStore {
      override read(from: number, mostBytes: number): Promise<FrameChunk> {
        return super.read(from >= this.next ? this.next - 1 : from, mostBytes)
      }
    },
  },
  {
    fault: 'gives frames away before they are confirmed',
    breaks: [CONFIRMED],
    store: class extends MemoryStore {
      #early: NumberedFrame[] = []
      override append(number: number, frames: readonly NewFrame[]): Promise<void> {
        let next = number
        this.#early = frames.map((frame) => ({ ...frame, number: (next += frame.count) - frame.count }))
        return super.append(number, frames)
      }
      override async read(from: number, mostBytes: number): Promise<FrameChunk> {
        const chunk = await super.read(from, mostBytes)
        if (from < this.next || this.#early[0]?.number !== from) return chunk
        return { frames: this.#early, lost: [], next: from + 3 }
      }
    },
  },
  {
    fault: 'cuts large frames',
    breaks: [SIZES],
    store: class extends MemoryStore {
      override put(frames: readonly NewFrame[]): void {
        super.put(frames.map(({ payload, count }) => ({ payload: payload.slice(0, 65_536), count })))
      }
    },
  },
  {
    fault: 'has frames twice that are appended again',
    breaks: [AGAIN],
    store: class extends MemoryStore {
      override async write(number: number, frames: readonly NewFrame[]): Promise<void> {
        await turn()
        if (this.place.isFailing) throw new Error('it fails')
        if (number > this.next) throw new Error('there is a gap')
        this.put(frames)
      }
    },
  },
  {
    fault: 'takes frames at any number',
    breaks: [PLACED],
    store: class extends MemoryStore {
      override async write(number: number, frames: readonly NewFrame[]): Promise<void> {
        await super.write(number, frames).catch((error: unknown) => {
          if (this.place.isFailing) throw error
          this.put(frames)
        })
      }
    },
  },
  {
    fault: 'stores the first frame of a call that fails',
    breaks: [ALL_OR_NONE],
    store: class extends MemoryStore {
      override async write(number: number, frames: readonly NewFrame[]): Promise<void> {
        if (this.place.isFailing) this.put(frames.slice(0, 1))
        await super.write(number, frames)
      }
    },
  },
  {
    fault: 'confirms what it has not stored',
    breaks: [ALL_OR_NONE],
    store: class extends MemoryStore {
      override write(number: number, frames: readonly NewFrame[]): Promise<void> {
        return super.write(number, frames).catch((error: unknown) => {
          if (!this.place.isFailing) throw error
        })
      }
    },
  },
  {
    fault: 'forgets what is settled above',
    breaks: [COMMITTED],
    store: class extends MemoryStore {
      override commit(settled: Settled): Promise<void> {
        return super.commit({ ...settled, above: [] })
      }
    },
  },
  {
    fault: 'keeps what was committed first',
    breaks: [COMMITTED],
    store: class extends MemoryStore {
      override async commit(settled: Settled): Promise<void> {
        const { settled: before } = this.place
        await super.commit(settled)
        this.place.settled = before ?? this.place.settled
      }
    },
  },
  {
    fault: 'forgets the prefix when there are many gaps',
    breaks: [PREFIX],
    store: class extends MemoryStore {
      override async commit(settled: Settled): Promise<void> {
        await super.commit(settled)
        if (settled.above.length > 1000) this.place.settled = undefined
      }
    },
  },
  {
    fault: 'takes gaps for settled when there are many',
    breaks: [PREFIX],
    store: class extends MemoryStore {
      override commit({ below, above, parts }: Settled): Promise<void> {
        const all = above.length > 1000 ? [{ from: above[0]!.from, to: above.at(-1)!.to }] : above
        return super.commit({ below, above: all, parts })
      }
    },
  },
  {
    fault: 'gives nothing back',
    breaks: [ROOM],
    store: class extends MemoryStore {
      override async commit(settled: Settled): Promise<void> {
        const { frames } = this.place
        await super.commit(settled)
        this.place.frames = frames
      }
    },
  },
  {
    fault: 'begins to count again when all is settled',
    breaks: [ROOM],
    store: class extends MemoryStore {
      override async close(): Promise<void> {
        await super.close()
        if (this.place.frames.length === 0) this.place.next = 1
      }
    },
  },
  {
    fault: 'calls lost what was settled',
    breaks: [ROOM],
    store: class extends MemoryStore {
      override async read(from: number, mostBytes: number): Promise<FrameChunk> {
        const chunk = await super.read(from, mostBytes)
        const first = this.place.frames[0]?.number ?? this.next
        return { ...chunk, lost: from < first ? [{ from, to: first }] : [] }
      }
    },
  },
  {
    fault: 'gives back more than is settled',
    breaks: [KEPT],
    store: class extends MemoryStore {
      override async commit(settled: Settled): Promise<void> {
        await super.commit(settled)
        if (settled.below > 10) this.place.frames.shift()
      }
    },
  },
  {
    fault: 'has two owners',
    breaks: [ONE_OWNER],
    store: class extends MemoryStore {
      #isOpen = false
      override get isOpen(): boolean {
        return this.#isOpen
      }
      override async open(): Promise<Settled | undefined> {
        this.#isOpen = true
        return this.place.settled
      }
      override async close(): Promise<void> {
        await this.underWay
        this.#isOpen = false
      }
    },
  },
  {
    fault: 'is never free again',
    breaks: [ONE_OWNER],
    store: class extends MemoryStore {
      static taken = new WeakSet<MemoryPlace>()
      override async open(): Promise<Settled | undefined> {
        if (this.place.owner !== undefined)
          (this.constructor as never as { taken: WeakSet<MemoryPlace> }).taken.add(this.place)
        if ((this.constructor as never as { taken: WeakSet<MemoryPlace> }).taken.has(this.place))
          throw new Error('it is taken')
        return super.open()
      }
    },
  },
  {
    fault: 'takes frames when it is closed',
    breaks: [CLOSED],
    store: class extends MemoryStore {
      override checkOpen(): void {}
    },
  },
  {
    fault: 'cannot be closed twice',
    breaks: [CLOSED],
    store: class extends MemoryStore {
      override async close(): Promise<void> {
        if (!this.isOpen) throw new Error('it is closed')
        await super.close()
      }
    },
  },
  {
    fault: 'forgets what is under way when it is closed',
    breaks: [CLOSING],
    store: class extends MemoryStore {
      #isClosed = false
      override async open(): Promise<Settled | undefined> {
        this.#isClosed = false
        return super.open()
      }
      override async write(number: number, frames: readonly NewFrame[]): Promise<void> {
        await turn()
        if (this.#isClosed) return new Promise(() => undefined)
        await super.write(number, frames)
      }
      override async close(): Promise<void> {
        this.#isClosed = true
        this.underWay = Promise.resolve()
        await super.close()
      }
    },
  },
  {
    fault: 'writes when it is closed',
    breaks: [CRASH],
    store: class extends MemoryStore {
      #held: NewFrame[] = []
      override put(frames: readonly NewFrame[]): void {
        const { length } = this.place.frames
        super.put(frames)
        this.#held.push(...this.place.frames.slice(length))
      }
      override async open(): Promise<Settled | undefined> {
        // What its last owner had not written is gone, but for the numbers.
        this.place.frames = this.place.frames.filter((frame) => written.has(frame))
        return super.open()
      }
      override async close(): Promise<void> {
        for (const frame of this.#held) written.add(frame)
        await super.close()
      }
    },
  },
]

const written = new WeakSet<NewFrame>()
