import { basename, dirname, join } from 'node:path'
import { asError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { AppendFile } from '../append-file.ts'
import { jsonLine } from '../ndjson.ts'
import { linesOf } from '../output-lines.ts'
import { writeError } from './errors.ts'
import { removeIfThere, type FileSystem, type FolderSystem } from './file-system.ts'
import { partName } from './rotated-names.ts'
import type { Rotation } from './rotation.ts'

/** What becomes of the messages whose lines a file has. */
export interface Outcomes {
  fail(message: Message, error: unknown, part?: number): void
  /** They are in the file, and not confirmed. */
  written(messages: readonly Message[]): void
  /** The disk has confirmed them, or will not. */
  confirmed(messages: readonly Message[], failure: Error | undefined): void
}

export interface OutputFileOptions {
  readonly path: string
  readonly files: FileSystem & Pick<FolderSystem, 'remove'>
  readonly outcomes: Outcomes
  readonly rotation: Rotation | undefined
  /** Hidden until it is complete. */
  readonly isAtomic: boolean
  /** Whether messages wait until the disk has confirmed them. */
  readonly isConfirmed: boolean
  /** Wall clock, ms since 1970. */
  date(): number
}

/** Messages that go into one file together. */
interface Piece {
  readonly messages: readonly Message<never>[]
  readonly text: string
  /** There is no room for what comes next. */
  readonly isLast: boolean
}

/**
 * The file at one path, and what was written to it and is not confirmed; calls must not overlap. It is ended, and begun anew,
 * as its rotation says: between messages, so that a batch is in one file.
 *
 * An atomic one has its lines in a hidden file beside, whose messages are confirmed when that is complete, durable, and has
 * the name of a rotated file. Until then nobody has been told anything of them, so that at any fault it is thrown away.
 */
export class OutputFile {
  readonly #options: OutputFileOptions
  readonly #file: AppendFile
  readonly #livePath: string
  #unconfirmed: Message[] = []
  /** What was thrown away is there still. */
  #hasLeftover = false
  /** When its rotation ends it; ms since 1970. */
  #dueAt = Infinity

  constructor(options: OutputFileOptions) {
    const { path, files, isAtomic } = options
    this.#options = options
    this.#livePath = isAtomic ? join(dirname(path), partName(basename(path))) : path
    this.#file = new AppendFile(this.#livePath, files)
  }

  /** Messages that wait for a confirmation, in parts. */
  get unconfirmedParts(): number {
    return this.#unconfirmed.reduce((sum, { parts }) => sum + (parts?.length ?? 1), 0)
  }

  get isEmpty(): boolean {
    return this.#file.size === 0
  }

  /** @returns how many bytes of a torn line were cut off. @throws as `AppendFile.open` */
  async open(): Promise<number> {
    const { files, isAtomic, rotation } = this.#options
    if (isAtomic) await removeIfThere(files, this.#livePath)
    const cutBytes = await this.#file.open()
    if (rotation !== undefined && !this.isEmpty) {
      this.#dueAt = rotation.endOfPeriod((await files.stat(this.#livePath)).mtimeMs)
    }
    return cutBytes
  }

  /** Never rejects: what can't be written is failed, and is not in the file. */
  async write(messages: readonly Message<never>[]): Promise<void> {
    const { outcomes } = this.#options
    let done = 0
    try {
      if (this.#hasLeftover) await this.#removeLeftover()
      if (this.isDue()) await this.cut()
      for (const piece of this.#pieces(messages)) {
        await this.#append(piece)
        done += piece.messages.length
        if (piece.isLast) await this.cut()
      }
    } catch (error) {
      for (const message of messages.slice(done)) outcomes.fail(message, error)
    }
  }

  /** Whether its time is over. */
  isDue(): boolean {
    return !this.isEmpty && this.#options.date() >= this.#dueAt
  }

  /** Waits for the disk; completes the file where it is atomic. Never rejects. @returns what has failed. */
  async confirm(): Promise<Error | undefined> {
    const covered = this.#unconfirmed
    this.#unconfirmed = []
    let failure: Error | undefined
    try {
      await this.#file.sync()
      if (this.#options.isAtomic && !this.isEmpty) await this.#rename()
    } catch (error) {
      failure = asError(error)
      if (this.#options.isAtomic) await this.#discard()
    }
    if (covered.length > 0) this.#options.outcomes.confirmed(covered, failure)
    return failure
  }

  /** Ends the file; the next message begins another one. @throws what the disk says. */
  async cut(): Promise<void> {
    const { isAtomic, isConfirmed } = this.#options
    if (this.isEmpty) return
    const failure = isConfirmed ? await this.confirm() : undefined
    if (failure !== undefined) throw failure
    if (!isAtomic) await this.#rename()
  }

  /** Lets go of the file, with everything confirmed that can be. */
  async close(): Promise<void> {
    if (this.#options.isConfirmed) await this.confirm()
    await this.stop()
  }

  /** Lets go of the file; what is not confirmed comes again. */
  async stop(): Promise<void> {
    if (this.#options.isAtomic) await this.#discard()
    else await this.#file.close()
  }

  async #append({ messages, text }: Piece): Promise<void> {
    const { outcomes, rotation, isConfirmed, date } = this.#options
    if (text !== '') {
      const isNew = this.isEmpty
      await this.#file.append(Buffer.from(text))
      if (isNew && rotation !== undefined) this.#dueAt = rotation.endOfPeriod(date())
    }
    if (!isConfirmed) return
    for (const message of messages as readonly Message[]) this.#unconfirmed.push(message)
    outcomes.written(messages)
  }

  /** What goes into one file after the other; asks for the room there is when it is asked. */
  *#pieces(messages: readonly Message<never>[]): Generator<Piece> {
    const { outcomes, rotation } = this.#options
    const largest = rotation?.size ?? Infinity
    const fail: Outcomes['fail'] = (...failed) => outcomes.fail(...failed)
    const all = linesOf(messages, jsonLine, fail)
    if (largest === Infinity || this.#file.size + Buffer.byteLength(all) <= largest) {
      yield { messages, text: all, isLast: false }
      return
    }
    let text = ''
    let size = this.#file.size
    let first = 0
    for (let index = 0; index < messages.length; index++) {
      const lines = linesOf([messages[index]!], jsonLine, fail)
      const length = Buffer.byteLength(lines)
      if (size > 0 && size + length > largest) {
        yield { messages: messages.slice(first, index), text, isLast: true }
        text = ''
        size = 0
        first = index
      }
      text += lines
      size += length
    }
    yield { messages: messages.slice(first), text, isLast: false }
  }

  async #rename(): Promise<void> {
    const { path } = this.#options
    const rotation = this.#options.rotation!
    const target = await rotation.freePath(path)
    await this.#file.moveTo(target)
    await rotation.rotated(path, target)
  }

  /** Of what is thrown away nothing may be left that the next one would go on with. */
  async #discard(): Promise<void> {
    await this.#file.abandon()
    this.#hasLeftover = true
    await this.#removeLeftover().catch(() => undefined)
  }

  /** @throws what the system says; then nothing can be written. */
  async #removeLeftover(): Promise<void> {
    try {
      await removeIfThere(this.#options.files, this.#livePath)
      this.#hasLeftover = false
    } catch (error) {
      throw writeError(this.#livePath, error)
    }
  }
}
