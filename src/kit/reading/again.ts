import { pauseAfter } from '../../core/backoff.ts'
import type { ProducerContext } from '../../core/component.ts'
import type { Entry } from './outstanding.ts'
import type { SourceFile } from './source-file.ts'

/** Between deliveries of a message that failed; ms. */
const AGAIN = { initialMs: 100, maxMs: 10_000 }

/**
 * What failed and is to be given again, in the order of its file, after a pause that grows with each failure (A4). The
 * file gives nothing else while one of it waits.
 */
export class Again {
  readonly #context: Pick<ProducerContext, 'clock' | 'random'>
  readonly #wake: () => void
  readonly #files = new Set<SourceFile>()

  /** @param wake told when some may be given. */
  constructor(context: Pick<ProducerContext, 'clock' | 'random'>, wake: () => void) {
    this.#context = context
    this.#wake = wake
  }

  /** Nothing waits. */
  get isEmpty(): boolean {
    return this.#files.size === 0
  }

  failed(file: SourceFile, entry: Entry): void {
    const pause = pauseAfter(entry.attempt, AGAIN, this.#context.random())
    file.dueAt = Math.max(file.dueAt, this.#context.clock.now() + pause)
    entry.attempt++
    entry.message = undefined
    file.failed.push(entry)
    this.#files.add(file)
    this.#arm(file)
  }

  /** Up to `count` of those that are due. */
  take(count: number): { readonly file: SourceFile; readonly entry: Entry }[] {
    if (this.#files.size === 0) return []
    const taken: { file: SourceFile; entry: Entry }[] = []
    const now = this.#context.clock.now()
    for (const file of this.#files) {
      if (file.dueAt > now || taken.length === count) continue
      file.failed.sort((a, b) => a.start - b.start)
      for (const entry of file.failed.splice(0, count - taken.length)) taken.push({ file, entry })
      if (file.failed.length === 0) this.#files.delete(file)
    }
    return taken
  }

  forget(file: SourceFile): void {
    this.#files.delete(file)
    file.timer?.cancel()
  }

  end(): void {
    for (const file of this.#files) file.timer?.cancel()
  }

  #arm(file: SourceFile): void {
    const { clock } = this.#context
    file.timer ??= clock.after(Math.max(1, file.dueAt - clock.now()), () => {
      file.timer = undefined
      if (clock.now() < file.dueAt) this.#arm(file)
      else this.#wake()
    })
  }
}
