import { adopt } from './call.ts'
import type { Env, Timer } from './env.ts'
import { asError } from './errors.ts'
import type { OverflowStore, Settled } from './overflow-store.ts'
import { SettledNumbers } from './settled-numbers.ts'

/** What is settled is written down after so long, or so many outcomes: after a crash no more comes again. */
const EVERY_MS = 50
const EVERY_OUTCOMES = 1000
/** Between tries while the store takes no commit. */
const AGAIN_MS = 1000

/** What has been delivered and settled, written to the store from time to time, one commit at a time. */
export class Commits {
  readonly #env: Env
  readonly #store: OverflowStore
  readonly #failed: (error: Error) => void
  readonly #committed: () => void
  readonly #numbers: SettledNumbers
  #parts: number
  /** Outcomes that no commit has had. */
  #news = 0
  #isUnderWay = false
  #timer: Timer | undefined
  #whenDone: (() => void) | undefined
  #isOver = false

  constructor(
    { env, store }: { readonly env: Env; readonly store: OverflowStore },
    { below, above, parts }: Settled,
    /** `failed` is told of each commit that failed, which is tried again; the other when there may be more room. */
    events: { failed(error: Error): void; committed(): void },
  ) {
    this.#env = env
    this.#store = store
    this.#failed = events.failed
    this.#committed = events.committed
    this.#numbers = new SettledNumbers(below, above)
    this.#parts = parts
  }

  /** The first number that isn't settled. */
  get below(): number {
    return this.#numbers.below
  }

  /** Everything that is settled is written down. */
  get isIdle(): boolean {
    return !this.#isUnderWay && this.#news === 0
  }

  /** Writes down what there is without waiting for more. */
  hurry(): void {
    if (!this.#isUnderWay && !this.#isOver && this.#news > 0) this.#commit()
  }

  add(number: number, parts: number): void {
    if (!this.#numbers.add(number)) return
    this.#parts += parts
    this.#heard(1)
  }

  /** Numbers of messages that are lost: nobody waits for them. @returns how many of them are news. */
  addRange(from: number, to: number): number {
    const news = this.#numbers.addRange(from, to)
    this.#parts += news
    if (news > 0) this.#heard(news)
    return news
  }

  /** Writes down what there is, and calls back; also where the store doesn't take it. Nothing is written after that. */
  finish(done: () => void): void {
    this.#isOver = true
    this.#timer?.cancel()
    this.#whenDone = done
    if (this.#isUnderWay) return
    if (this.#news > 0) this.#commit()
    else this.#finished()
  }

  /** Nothing may be written any more: somebody else has the store. */
  leave(): void {
    this.#isOver = true
    this.#news = 0
    this.#timer?.cancel()
  }

  #heard(count: number): void {
    if (this.#isOver) return
    this.#news += count
    if (this.#isUnderWay) return
    if (this.#news >= EVERY_OUTCOMES) this.#commit()
    else this.#timer ??= this.#env.after(EVERY_MS, () => this.#commit())
  }

  #commit(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const news = this.#news
    this.#news = 0
    this.#isUnderWay = true
    const { below } = this.#numbers
    const settled = { below, above: this.#numbers.ranges(), parts: this.#parts }
    adopt(
      this.#store.commit(settled),
      () => {
        this.#done(EVERY_MS)
        this.#committed()
      },
      (error) => {
        this.#news += news
        this.#failed(asError(error))
        this.#done(AGAIN_MS)
      },
    )
  }

  #done(pauseMs: number): void {
    this.#isUnderWay = false
    if (this.#isOver) return this.#whenDone === undefined ? undefined : this.#last(pauseMs)
    if (this.#news > 0) this.#timer ??= this.#env.after(pauseMs, () => this.#commit())
  }

  /** What came during the commit that was under way at the end is written as well, if the store takes anything. */
  #last(pauseMs: number): void {
    if (this.#news > 0 && pauseMs !== AGAIN_MS) this.#commit()
    else this.#finished()
  }

  #finished(): void {
    const done = this.#whenDone
    this.#whenDone = undefined
    done?.()
  }
}
