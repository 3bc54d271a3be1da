import type { FrameChunk, NewFrame, NumberedFrame } from '../../../src/testing/index.ts'
import { MemoryStore, turn, type FakeStore, type MemoryPlace } from './memory-frames.ts'

const EMPTY = 'is empty at first: the next number is 1, nothing is committed, and nothing is lost'
const NUMBERS = 'gives each message a number, counted up from 1, also after it was opened again'
const CONTENT = 'gives frames back in order and byte by byte, to whoever appended them and to the next owner'
const ANYWHERE = 'reads from any number on: the first frame is the one that holds it'
const MOST = 'reads no more bytes at once than it is asked for, but a frame at least'
const AT_END = 'reads nothing at its end, and goes on when there is more'
const CONFIRMED = 'reads nothing that is not confirmed'
const SIZES = 'takes large frames, and many'
const AGAIN = 'has frames once that are appended again with their number'
const PLACED = 'refuses frames at a number that is not the next one, and stays as it is'
const ALL_OR_NONE = 'stores all frames of a call or none, and takes them when the place works again'

/** What they do wrong with frames. */
export const STORING_FAKES: readonly FakeStore[] = [
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
]
