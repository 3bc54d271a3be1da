import type { Settled } from '../../../src/core/overflow-store.ts'
import type { FrameChunk, NewFrame, StoredSettled } from '../../../src/testing/index.ts'
import { MemoryStore, turn, type FakeStore, type MemoryPlace } from './memory-frames.ts'

const COMMITTED = 'knows what was committed last when it is opened again'
const PREFIX = 'never forgets the prefix that is settled, however many gaps there are above'
const ROOM = 'gives room back for what is settled, calls none of it lost, and uses no number twice'
const KEPT = 'keeps what is above the settled prefix'
const ONE_OWNER = 'has one owner: another one is refused or waits, and gets it when the first has left'
const CLOSED = 'takes nothing once it is closed, which may be said twice, until it is opened again'
const CLOSING = 'closes when what is under way is confirmed or refused'
const CRASH = 'has all that was confirmed, and what was committed, after a crash'

const written = new WeakSet<NewFrame>()

/** What they do wrong with what is settled, and with who has them. */
export const OWNING_FAKES: readonly FakeStore[] = [
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
    fault: 'keeps the parts of what it has forgotten',
    breaks: [PREFIX],
    store: class extends MemoryStore {
      override async commit(settled: Settled): Promise<void> {
        await super.commit(settled)
        this.place.settled = { ...this.place.settled!, parts: settled.parts }
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
      override async open(): Promise<StoredSettled | undefined> {
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
      override async open(): Promise<StoredSettled | undefined> {
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
      override async open(): Promise<StoredSettled | undefined> {
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
      override async open(): Promise<StoredSettled | undefined> {
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
