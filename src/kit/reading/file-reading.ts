import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CallInfo, MaybePromise, ProducerContext, ProducerHandlers } from '../../core/component.ts'
import type { Message } from '../../core/message.ts'
import { Bell } from '../bell.ts'
import { InputFaults } from '../input-faults.ts'
import { Again } from './again.ts'
import type { Entry } from './outstanding.ts'
import { faultOf } from './record-faults.ts'
import type { ReadingSettings } from './settings.ts'
import type { SourceFile } from './source-file.ts'
import { Sources, type SourcesPlace } from './sources.ts'

/** Records without a message that are gone through at one go; then signals, timers and sockets have their turn. */
const MOST_SKIPPED = 500

/**
 * Gives the records of files under demand, a chunk of one file after a chunk of the next, and hears what became of them.
 *
 *     Paths ──▶ Watch ──▶ SourceFile (bytes ──▶ records ──▶ outstanding) ──▶ messages
 *                 │                                            │
 *                 └────────────── Saving ◀── outcomes ◀────────┘
 */
export class FileReading implements ProducerHandlers {
  readonly #context: ProducerContext
  readonly #bell = new Bell()
  readonly #sources: Sources
  readonly #again: Again
  readonly #faults: InputFaults
  /** The one whose records are given, and those with messages that are under way. */
  #current: SourceFile | undefined
  readonly #byToken = new Map<string, SourceFile>()
  /** The one whose message was settled last: most likely that of the next one. */
  #settled: SourceFile | undefined
  /** The last look ended early, for the others' sake: more may be there. */
  #isSkipping = false
  #hasEnded = false
  /** The last call that has to wait; it never rejects. */
  #asked: Promise<unknown> = Promise.resolve()

  constructor(settings: ReadingSettings, context: ProducerContext, place: SourcesPlace) {
    this.#context = context
    this.#faults = new InputFaults(context)
    this.#again = new Again(context, () => this.#bell.ring())
    const changed = (): void => this.#bell.ring()
    this.#sources = new Sources(settings, context, { ...place, changed, closed: (file) => this.#forget(file) })
  }

  open(): Promise<void> {
    return this.#sources.open()
  }

  handleDemand(count: number, call: CallInfo): MaybePromise<readonly Message[]> {
    const messages = this.#take(count)
    if (messages.length > 0) return messages
    const asked = this.#wait(count, call)
    this.#asked = asked.catch(() => undefined)
    return asked
  }

  settle(acked: readonly Message[], failed: readonly Message[]): void {
    for (const message of acked) if (this.#settled?.outstanding.settleFirst(message) !== true) this.#settle(message)
    for (const message of failed) this.#failed(message)
    this.#sources.settled()
    this.#bell.ring()
  }

  async stop(): Promise<void> {
    this.#again.end()
    if (!this.#hasEnded) this.#faults.summarize()
    await this.#asked
    await this.#sources.close()
  }

  /** What failed and is due first, then what the current file has ready. */
  #take(count: number): Message[] {
    const messages = this.#again.take(count).map(({ file, entry }) => this.#message(file, entry))
    const file = this.#current
    this.#isSkipping = false
    if (file === undefined || file.isBlocked) return messages
    let skipped = 0
    while (messages.length < count && skipped < MOST_SKIPPED) {
      const record = file.next()
      if (record === undefined) break
      if ('toError' in record) {
        skipped++
        file.outstanding.pass(record.end)
        this.#report(file, record)
      } else {
        messages.push(this.#message(file, record))
        file.outstanding.given(record)
      }
    }
    this.#isSkipping = skipped === MOST_SKIPPED
    return messages
  }

  /** Looks at the signal only where it has nothing to give: to make one costs as much as some messages. */
  async #wait(count: number, call: CallInfo): Promise<readonly Message[]> {
    for (;;) {
      const seen = this.#bell.rings
      const file = this.#isSkipping ? await nextTurn(this.#current) : await this.#sources.next()
      if (file !== undefined) this.#begin(file)
      else if (this.#sources.isOver && this.#again.isEmpty) return this.#end()
      else await this.#bell.next(call.signal, seen)
      const messages = this.#take(count)
      if (messages.length > 0 || call.signal.aborted) return messages
    }
  }

  #begin(file: SourceFile): void {
    this.#current = file
    this.#byToken.set(file.mark.token, file)
  }

  #end(): readonly Message[] {
    if (this.#hasEnded) return []
    this.#hasEnded = true
    this.#faults.summarize()
    this.#context.end()
    return []
  }

  #message(file: SourceFile, entry: Entry): Message {
    entry.position = file.mark.token + '@' + entry.start
    entry.headers = file.headers
    const message = this.#context.message(entry.data, entry)
    entry.message = message
    return message
  }

  #report(file: SourceFile, { start, toError }: { start: number; toError: () => Parameters<typeof faultOf>[2] }): void {
    const { path } = file.mark
    this.#faults.report({ path, offset: start }, () => faultOf(path, start, toError()))
  }

  #settle(message: Message): void {
    const { file, start } = this.#placeOf(message)
    this.#settled = file
    if (file?.outstanding.settleFirst(message) === false) file.outstanding.settle(message, start)
  }

  #failed(message: Message): void {
    const { file, start } = this.#placeOf(message)
    const entry = file?.outstanding.find(message, start)
    if (entry === undefined) return
    this.#context.metrics.add('redelivered')
    this.#again.failed(file!, entry)
  }

  /** Its id has the file and the place in it. */
  #placeOf({ id }: Message): { readonly file: SourceFile | undefined; readonly start: number } {
    const at = id.lastIndexOf('@')
    return { file: this.#byToken.get(id.slice(id.lastIndexOf(':', at) + 1, at)), start: Number(id.slice(at + 1)) }
  }

  #forget(file: SourceFile): void {
    this.#byToken.delete(file.mark.token)
    this.#again.forget(file)
    if (this.#current === file) this.#current = undefined
    if (this.#settled === file) this.#settled = undefined
  }
}
