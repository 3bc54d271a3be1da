import { expect } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import type { Settled, StoredMessage } from '../../../src/core/overflow-store.ts'
import type { FrameChunk, FrameStoreEvents, NewFrame, StoredSettled } from '../../../src/overflow/spill/frame-store.ts'
import { FramedStore } from '../../../src/overflow/spill/framed-store.ts'
import { ManualEnv } from '../../support/manual-env.ts'
import { MemoryPlace, MemoryStore } from '../../testing/fakes/memory-frames.ts'

/** A store in memory that does what a test says, and counts what is done to it. */
class ToldStore extends MemoryStore {
  /** Called before each append; what it throws is thrown. */
  before: () => unknown = () => undefined
  readonly appended: (readonly [number: number, frames: readonly NewFrame[]])[] = []
  readonly reads: number[] = []
  atOnce = 0
  mostAtOnce = 0
  events: FrameStoreEvents | undefined

  override open(events?: FrameStoreEvents): Promise<StoredSettled | undefined> {
    this.events = events
    return super.open()
  }

  override async append(number: number, frames: readonly NewFrame[]): Promise<void> {
    this.appended.push([number, frames])
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce)
    try {
      await this.before()
      await super.append(number, frames)
    } finally {
      this.atOnce--
    }
  }

  /** What is missing between frames is lost. */
  override async read(from: number, mostBytes: number): Promise<FrameChunk> {
    this.reads.push(from)
    const { frames, next } = await super.read(from, mostBytes)
    const ends = [from, ...frames.map(({ number, count }) => number + count)]
    const lost = frames.flatMap(({ number }, at) => (number > ends[at]! ? [{ from: ends[at]!, to: number }] : []))
    return { frames, lost, next }
  }
}

/** An overflow in frames on a store in memory, with a clock that a test moves. */
export class Trial {
  readonly env = new ManualEnv()
  readonly place = new MemoryPlace()
  readonly told: (string | undefined)[] = []
  readonly lost: string[] = []
  store = new ToldStore(this.place)
  overflow: FramedStore

  constructor(frameBytes = 1000) {
    this.overflow = new FramedStore(this.store, { frameBytes, codec: 'json' }, this.env)
  }

  open(): Promise<Settled> {
    return this.overflow.open({
      onTrouble: (error) => void this.told.push(error?.message),
      onOwnerLost: (error) => void this.lost.push(error.message),
    })
  }

  /** Appends while time passes. */
  async append(messages: readonly Message[]): Promise<void> {
    await this.pass(this.overflow.append(messages).stored)
  }

  /** Lets time pass until something is done. */
  async pass(done: PromiseLike<unknown>): Promise<void> {
    let isDone = false
    const end = (): void => void (isDone = true)
    done.then(end, end)
    while (!isDone) await this.env.advanceAsync(100)
    await done
  }

  async all(from = 1, most = 7): Promise<{ messages: StoredMessage[]; lost: unknown[] }> {
    const messages: StoredMessage[] = []
    const lost: unknown[] = []
    for (let next = from; next < this.overflow.next;) {
      const chunk = await this.overflow.read(next, most)
      expect(chunk.messages.length).toBeLessThanOrEqual(most)
      messages.push(...chunk.messages)
      lost.push(...chunk.lost)
      expect(chunk.next).toBeGreaterThan(next)
      for (const { to } of chunk.lost) expect(to).toBeLessThanOrEqual(chunk.next)
      next = chunk.next
    }
    return { messages, lost }
  }
}
