import type { NodeContext } from '../../core/component.ts'
import type { Env } from '../../core/env.ts'
import type { Message } from '../../core/message.ts'
import { Commits } from '../../core/overflow-commits.ts'
import type { StoredChunk, StoredMessage } from '../../core/overflow-store.ts'
import { Redeliveries } from '../../core/redeliveries.ts'
import { StoredAges } from '../../core/stored-ages.ts'
import { worldOf } from '../../core/world.ts'
import type { Opening } from './shared-store.ts'

/** While so many that failed wait to come again, nothing new is read: whatever is behind this would most likely fail, too. */
const MOST_WAITING = 1000

interface ReadingContext extends Pick<NodeContext, 'clock' | 'random' | 'log' | 'metrics'> {
  readonly env: Env
  /** There may be something to take. */
  changed(): void
  /** So many messages are damaged or missing. */
  lost(messages: number): void
}

/**
 * What is read from one opening of a store, and its outcomes.
 *
 *     settled │ out (given) │ ready (read) │ in the store only │
 *                                          next                end
 */
export class Reading {
  readonly opening: Opening
  readonly #context: ReadingContext
  readonly #commits: Commits
  readonly #failed: Redeliveries
  readonly #out = new Map<Message, number>()
  /** Of those that are batches, as the parts of a batch may be, how many parts they hold. */
  readonly #parts = new Map<number, number>()
  readonly #ages = new StoredAges()
  #ready: StoredMessage[] = []
  #next: number
  #hasEnded = false

  constructor(opening: Opening, context: ReadingContext) {
    const { store, settled } = opening
    this.opening = opening
    this.#context = context
    this.#failed = new Redeliveries(worldOf(context), () => context.changed())
    this.#next = settled.below
    this.#commits = new Commits({ env: context.env, store }, settled, {
      failed: (error) => context.log.warn(`what was delivered could not be written down: ${error.message}`),
      committed: () => {},
    })
  }

  /** Nothing is left to give, and nothing that has failed will come again. */
  get isOver(): boolean {
    return this.#ready.length === 0 && this.#next >= this.opening.end && this.#failed.waiting === 0
  }

  /** Something new can be taken at once. */
  get hasMore(): boolean {
    return this.#ready.length > 0 || (this.#next < this.opening.end && this.#failed.waiting < MOST_WAITING)
  }

  /** When the oldest without an outcome was stored, ms since 1970; undefined where nothing of it was read. */
  get oldestAt(): number | undefined {
    const { below } = this.#commits
    return below < this.opening.end && !this.opening.isLost ? this.#ages.of(below) : undefined
  }

  /** Takes what comes next: what failed first; nothing where there is nothing now. One call at a time. */
  async take(count: number): Promise<readonly StoredMessage[]> {
    const taken = await this.#again(count)
    if (taken.length > 0) return taken
    if (this.#ready.length === 0 && this.hasMore) await this.#read(count)
    return this.#ready.splice(0, count)
  }

  /** It is under way now. */
  given(message: Message, { number, parts }: StoredMessage): void {
    this.#out.set(message, number)
    if (parts !== undefined) this.#parts.set(number, parts.length)
  }

  acked(message: Message): void {
    const number = this.#ended(message)
    if (number === undefined) return
    this.#failed.ended(number)
    this.#commits.add(number, this.#parts.get(number) ?? 1)
    this.#parts.delete(number)
  }

  /** It was acknowledged to whoever gave it: there is nobody else to give it to. */
  failed(message: Message): void {
    const number = this.#ended(message)
    if (number === undefined) return
    this.#failed.failed({ number, places: undefined, parts: 1 })
    this.#context.metrics.add('redelivered')
  }

  /** Nothing more is given or heard: what is settled is written down. */
  async finish(): Promise<void> {
    this.#end()
    await new Promise<void>((resolve) => this.#commits.finish(resolve))
  }

  /** The same, where somebody else has it: nothing is written down. */
  leave(): void {
    this.#end()
    this.#commits.leave()
  }

  #end(): void {
    this.#hasEnded = true
    this.#failed.end()
    this.#out.clear()
    this.#parts.clear()
  }

  /** undefined where nothing is heard of it any more. */
  #ended(message: Message): number | undefined {
    const number = this.#out.get(message)
    this.#out.delete(message)
    return number
  }

  async #again(count: number): Promise<StoredMessage[]> {
    const taken: StoredMessage[] = []
    while (taken.length < count && !this.#hasEnded) {
      const { due } = this.#failed
      if (due === undefined) break
      const chunk = await this.opening.store.read(due, 1).catch((error: unknown) => {
        if (taken.length === 0) throw error
      })
      if (chunk === undefined) break // What was read goes on; the next call tells of it.
      const [message] = this.#kept(chunk).messages
      const failed = this.#failed.goes(due)!
      if (message?.number === due) taken.push({ ...message, attempt: message.attempt + failed.times })
      else this.#failed.ended(due) // It is lost, and counted.
    }
    return taken
  }

  async #read(count: number): Promise<void> {
    const from = this.#next
    const { messages, next } = this.#kept(await this.opening.store.read(from, count))
    for (const { number, storedAt } of messages) this.#ages.note(number, storedAt)
    this.#ready = [...messages]
    this.#next = Math.max(next, from + 1)
  }

  /** What is missing or damaged is passed over, told by number and counted. */
  #kept(chunk: StoredChunk): StoredChunk {
    for (const { from, to } of chunk.lost) {
      const news = this.#hasEnded ? 0 : this.#commits.addRange(from, to)
      if (news === 0) continue // It was told when it was read before.
      this.#context.metrics.add('lost', news)
      this.#context.lost(news)
      this.#context.log.error('overflow lost messages', { from, to, messages: news })
    }
    return chunk
  }
}
