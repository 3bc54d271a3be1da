import type { ProducerContext } from '../../core/component.ts'
import type { Timer } from '../../core/env.ts'
import { asError } from '../../core/errors.ts'
import { Turns } from '../turns.ts'
import { chunkBuffer } from './byte-source.ts'
import { Checkpoints, longGone, type Mark } from './checkpoints.ts'
import { pathError, Paths, type Found, type Problem } from './paths.ts'
import { Saving } from './saving.ts'
import { recordMaker, type ReadingSettings } from './settings.ts'
import type { SourceFile } from './source-file.ts'
import { Troubles } from './troubles.ts'
import { Watch } from './watch.ts'

/** Where checkpoints are, and who else could have them. */
export interface SourcesPlace {
  readonly folder: string
  /** Takes the folder for this process. */
  lock(folder: string): Promise<{ release(): Promise<void> }>
}

interface Listeners {
  /** There may be something to read. */
  changed(): void
  /** Nothing of it is under way, and nothing will be. */
  closed(file: SourceFile): void
}

/** A look at the files takes no more than so much of the time. */
const REST_PER_LOOK = 4

/** Which files there are to be read: looks for them, and gives them in turn. */
export class Sources {
  readonly #settings: ReadingSettings
  readonly #context: ProducerContext
  readonly #place: SourcesPlace & Listeners
  readonly #saving: Saving
  readonly #checkpoints: Checkpoints
  readonly #troubles: Troubles
  /** Looks and reads, one at a time. */
  readonly #turns = new Turns()
  #lock: { release(): Promise<void> } | undefined
  #paths: Paths | undefined
  #watch: Watch | undefined
  /** What the last look has found at the paths; then what is wrong there, and with files that were to be opened. */
  #found: Found = { candidates: [], problems: [] }
  #problems: readonly Problem[] = []
  /** Files there are beyond those that may be open at once. */
  #hasMore = false
  #cursor = 0
  #lookedAt = 0
  /** Why the last look failed. */
  #lookError: Error | undefined
  #timer: Timer | undefined
  #looking: Promise<void> = Promise.resolve()
  #hasClosed = false

  constructor(settings: ReadingSettings, context: ProducerContext, place: SourcesPlace & Listeners) {
    this.#settings = settings
    this.#context = context
    this.#place = place
    this.#checkpoints = new Checkpoints(place.folder)
    this.#saving = new Saving(this.#checkpoints, context, () => this.#turns.take(() => this.#collect()))
    this.#troubles = new Troubles(context, this.#isOnce)
  }

  /** Nothing is left to be given, of files that are read once. */
  get isOver(): boolean {
    return this.#isOnce && !this.#hasMore && this.#watch!.files.every((file) => file.isFinished)
  }

  async open(): Promise<void> {
    const { folder, lock } = this.#place
    this.#lock = await lock(folder)
    const marks = await this.#checkpoints.load()
    const makeRecords = await recordMaker(this.#settings)
    this.#paths = await Paths.of(this.#settings.path, this.#settings.exclude)
    const tools = { makeRecords, buffer: chunkBuffer(), isOnce: this.#isOnce }
    const { node, log, metrics, clock, random } = this.#context
    const { rotateWait } = this.#settings
    const closed = (file: SourceFile): void => this.#place.closed(file)
    this.#watch = new Watch({ node, log, metrics, clock, random, tools, rotateWait, closed }, marks ?? [])
    await this.#look(marks === undefined)
    this.#refuse()
    if (this.#isOnce) this.#tellWhatIsRead()
    else this.#arm(this.#settings.poll)
  }

  /** The next file that has records ready, once some of it were read; undefined where there is nothing to read now. */
  async next(): Promise<SourceFile | undefined> {
    const file = await this.#turns.take(() => this.#next())
    if (file !== undefined || !this.#hasMore || !this.#isOnce) return file
    await this.#turns.take(() => this.#compare(false))
    await this.#register()
    return await this.#turns.take(() => this.#next())
  }

  /** Something has an outcome. */
  settled(): void {
    this.#saving.changed()
  }

  async close(): Promise<void> {
    this.#hasClosed = true
    this.#timer?.cancel()
    await this.#looking
    if (this.#watch !== undefined) await this.#saving.finish()
    for (const file of this.#watch?.files ?? []) await file.close()
    await this.#lock?.release()
  }

  get #isOnce(): boolean {
    return this.#settings.read === 'once'
  }

  async #next(): Promise<SourceFile | undefined> {
    const { files } = this.#watch!
    if (files.some(({ isDone }) => isDone)) await this.#retire()
    for (let tries = files.length; tries > 0; tries--) {
      const file = files[++this.#cursor % files.length]!
      this.#cursor %= files.length
      if (file.isBlocked) continue
      if (this.#isOnce && file.trouble !== undefined && !file.isFinished) await file.retry()
      if (file.isExhausted) continue
      if (!file.hasRecords) await this.#readOn(file)
      if (file.hasRecords) return file
    }
    this.#throwIfNone()
    return undefined
  }

  async #readOn(file: SourceFile): Promise<void> {
    try {
      await file.readOn()
    } catch (error) {
      file.trouble = { error, at: this.#context.clock.now(), isTold: false }
      if (this.#isOnce) this.#tellTrouble(file)
    }
  }

  /** Lets go of files that are done. */
  async #retire(): Promise<void> {
    for (const file of this.#watch!.files.filter(({ isDone }) => isDone)) {
      await this.#watch!.retire(file)
      this.#saving.changed()
    }
  }

  #arm(delayMs: number): void {
    if (this.#hasClosed) return
    this.#timer = this.#context.clock.after(delayMs, () => {
      this.#looking = this.#poll()
    })
  }

  async #poll(): Promise<void> {
    const { clock, log, node } = this.#context
    const begunAt = clock.now()
    const before = this.#lookError?.message
    try {
      await this.#look(false)
      this.#lookError = undefined
    } catch (error) {
      this.#lookError = asError(error)
      const { message } = this.#lookError
      if (message !== before) log.warn(`the files could not be looked at: ${message}`, { node })
    }
    this.#arm(Math.max(this.#settings.poll, REST_PER_LOOK * (clock.now() - begunAt)))
    this.#place.changed()
  }

  async #look(isFirst: boolean): Promise<void> {
    this.#found = await this.#paths!.find()
    this.#lookedAt = this.#context.clock.date()
    await this.#turns.take(() => this.#compare(isFirst))
    if (isFirst) this.#saving.changed()
    await this.#register()
  }

  async #compare(isFirst: boolean): Promise<void> {
    const { candidates, problems } = this.#found
    const startsAtEnd = isFirst && this.#settings.start === 'end'
    const { problems: met, unmet } = await this.#watch!.look(candidates, startsAtEnd)
    this.#hasMore = unmet.size > 0
    this.#problems = [...problems, ...met, ...this.#problems.filter(({ path }) => unmet.has(path))]
    this.#troubles.looked(this.#problems)
    await this.#retire()
    const now = this.#context.clock.now()
    for (const file of this.#watch!.files) {
      const { trouble } = file
      if (trouble === undefined || trouble.isTold) continue
      // What is packed may still be written.
      if (!file.mark.isPacked || now - trouble.at >= this.#settings.rotateWait) this.#tellTrouble(file)
    }
  }

  /** Messages of a file have the same ids when they come again only if its mark is on disk before the first of them goes. */
  async #register(): Promise<void> {
    const fresh = this.#watch!.files.filter(({ isRegistered }) => !isRegistered)
    if (fresh.length === 0) return
    await this.#saving.now()
    for (const file of fresh) file.isRegistered = true
  }

  #tellTrouble(file: SourceFile): void {
    const isBroken = this.#troubles.broken(file)
    if (this.#isOnce && isBroken) file.end()
  }

  /** What is named and can't be read ends a start, where nobody waits for it. */
  #refuse(): void {
    const isFatal = ({ isNamed, error }: Problem): boolean =>
      isNamed && (this.#isOnce || error.code === 'SLUICE_FILE_NOT_REGULAR')
    const fatal = this.#problems.find(isFatal)
    if (fatal !== undefined) throw fatal.error
  }

  /** Where not one file can be read, whoever asks is told: that is an outage, while it is looked again. */
  #throwIfNone(): void {
    const { files } = this.#watch!
    if (this.#lookError !== undefined) throw this.#lookError
    if (files.some((file) => file.trouble === undefined)) return
    const trouble = files.find((file) => !file.mark.isPacked && !file.isFinished)
    if (trouble !== undefined) throw pathError(trouble.mark.path, trouble.trouble!.error)
    const problem = this.#isOnce ? undefined : this.#problems.find(({ error }) => error.kind === 'place')
    if (problem !== undefined) throw problem.error
  }

  #tellWhatIsRead(): void {
    const { log, node } = this.#context
    if (this.#watch!.files.length > 0) return
    const what =
      this.#found.candidates.length === 0 ? 'no file matches' : 'all files were read before, up to their ends'
    log.warn(`${what}: nothing is read`, { node, path: this.#settings.path })
  }

  async #collect(): Promise<Mark[]> {
    const { marks, files } = this.#watch!
    // One that can't be read keeps its mark: more of it comes again than has to, after a crash.
    for (const file of files) await file.marked().catch(() => undefined)
    const open = new Set(files.map(({ mark }) => mark.token))
    const gone = [...marks.values()].filter(({ token, seenAt }) => !open.has(token) && seenAt < this.#lookedAt)
    for (const { token } of longGone(gone, this.#context.clock.date())) marks.delete(token)
    return [...marks.values()]
  }
}
