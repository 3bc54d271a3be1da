import { resolve } from 'node:path'
import type { CallInfo, FlushReason, WorkerContext } from '../../core/component.ts'
import type { Timer } from '../../core/env.ts'
import { asError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { Turns } from '../turns.ts'
import { Compressor } from './compressor.ts'
import { openError } from './errors.ts'
import { removeIfThere, type OutputFileSystem } from './file-system.ts'
import { leftoversBelow, leftoversBeside } from './leftovers.ts'
import { OutputFile, type Outcomes } from './output-file.ts'
import { Targets, type Target } from './targets.ts'
import { Rotation, type RotationSettings } from './rotation.ts'

export interface OutputFilesOptions {
  readonly target: Target
  readonly fsync: 'each' | 'interval' | 'never'
  /** In ms. */
  readonly interval: number
  readonly rotate?: (RotationSettings & { readonly gzip: boolean }) | undefined
  readonly atomic: boolean
  /** Most files that are open at once. */
  readonly maxOpen: number
}

/** The files of one consumer: which are open, when they are confirmed and ended, and what is told of their messages. */
export class OutputFiles {
  readonly #options: OutputFilesOptions
  readonly #context: WorkerContext
  readonly #files: OutputFileSystem
  readonly #targets: Targets
  readonly #rotation: Rotation | undefined
  readonly #compressor: Compressor | undefined
  readonly #turns = new Turns()
  /** By path; the one that was written to last comes last. */
  readonly #open = new Map<string, OutputFile>()
  /** Runs while messages wait for `interval` to pass. */
  #confirmTimer: Timer | undefined
  /** Runs while a file is to be ended by time. */
  #cutTimer: Timer | undefined
  #isStopped = false

  constructor(options: OutputFilesOptions, context: WorkerContext, files: OutputFileSystem) {
    const { rotate } = options
    this.#options = options
    this.#context = context
    this.#files = files
    this.#compressor = rotate?.gzip === true ? new Compressor(files, context) : undefined
    this.#rotation = rotate && new Rotation(rotate, context, { files, compressor: this.#compressor })
    const isRenamed = rotate !== undefined || options.atomic
    this.#targets = new Targets(options.target, files, { isRenamed, fail: (...failed) => context.fail(...failed) })
  }

  async open(): Promise<void> {
    const { target } = this.#options
    await this.#targets.open()
    await this.#cleanUp().catch((error: unknown) => {
      // It may be about one of many.
      const { path = 'path' in target ? target.path : target.root } = error as { readonly path?: string }
      throw openError(path, error)
    })
    if ('path' in target) await this.#fileAt(resolve(target.path))
    await this.#cutDue()
  }

  handle(messages: readonly Message<never>[], call: CallInfo): Promise<void> {
    return this.#turns.take(async () => {
      if (call.signal.aborted) return
      for (const [path, group] of this.#targets.of(messages)) await this.#write(path, group)
      if (this.#options.fsync === 'each') await this.#confirmAll()
      this.#watchTime()
    })
  }

  async flush(reason: FlushReason): Promise<void> {
    await this.#turns.take(() =>
      reason === 'pressure' && this.#options.atomic ? this.#completeFullest() : this.#confirmAll(),
    )
    // Who ends by itself ends with everything done; whoever is stopped doesn't wait.
    if (reason === 'end') await this.#compressor?.idle()
  }

  stop(): Promise<void> {
    this.#isStopped = true
    return this.#turns.take(async () => {
      await Promise.all([...this.#open.values()].map((file) => file.stop()))
      await this.#compressor?.stop()
    })
  }

  async #write(path: string, messages: readonly Message<never>[]): Promise<void> {
    let file: OutputFile
    try {
      file = await this.#fileAt(path)
    } catch (error) {
      for (const message of messages) this.#context.fail(message, error)
      return
    }
    await file.write(messages)
  }

  async #fileAt(path: string): Promise<OutputFile> {
    const known = this.#open.get(path)
    if (known !== undefined) {
      this.#open.delete(path)
      this.#open.set(path, known)
      return known
    }
    const file = new OutputFile({
      path,
      files: { ...this.#targets.fileSystem, remove: (removed) => this.#files.remove(removed) },
      outcomes: this.#outcomes,
      rotation: this.#rotation,
      isAtomic: this.#options.atomic,
      isConfirmed: this.#options.fsync !== 'never',
      date: () => this.#context.clock.date(),
    })
    await this.#makeRoom()
    this.#tellTorn(path, await file.open())
    this.#open.set(path, file)
    return file
  }

  async #makeRoom(): Promise<void> {
    while (this.#open.size >= this.#options.maxOpen) {
      const [[path, oldest]] = this.#open as unknown as [[string, OutputFile]]
      this.#open.delete(path)
      this.#context.metrics.add('closed_early')
      await oldest.close()
    }
  }

  readonly #outcomes: Outcomes = {
    fail: (message, error, part) => {
      if (!this.#isStopped) this.#context.fail(message, error, part)
    },
    // Some may have failed, by their data or because their call took too long; what is done to those doesn't count.
    written: (messages) => {
      if (this.#isStopped || !this.#holds) return
      this.#context.hold(messages)
      if (this.#options.atomic) return
      this.#confirmTimer ??= this.#context.clock.after(this.#options.interval, () => void this.flush('flush'))
    },
    // A node that was stopped meanwhile has given its messages back; they come again.
    confirmed: (messages, failure) => {
      if (this.#isStopped) return
      if (failure !== undefined) for (const message of messages) this.#context.fail(message, failure)
      else if (this.#holds) this.#context.ack(messages)
    },
  }

  /** With `fsync: each` messages stay in their call, which acks them by coming back. */
  get #holds(): boolean {
    return this.#options.atomic || this.#options.fsync === 'interval'
  }

  async #confirmAll(): Promise<void> {
    this.#confirmTimer?.cancel()
    this.#confirmTimer = undefined
    if (this.#isStopped || this.#options.fsync === 'never') return
    await Promise.all([...this.#open.values()].map((file) => file.confirm()))
  }

  /** Completes the fullest files until at most half is held of what was. */
  async #completeFullest(): Promise<void> {
    const files = [...this.#open.values()].map((file) => ({ file, held: file.unconfirmedParts }))
    let left = files.reduce((sum, { held }) => sum + held, 0)
    const enough = left / 2
    for (const { file, held } of files.toSorted((one, other) => other.held - one.held)) {
      if (left <= enough || this.#isStopped) return
      await file.confirm()
      left -= held
    }
  }

  /** Ends what is due. What can't be ended stays due, and the next message that comes for it is told why. */
  async #cutDue(): Promise<void> {
    this.#cutTimer?.cancel()
    this.#cutTimer = undefined
    for (const file of this.#isStopped ? [] : this.#open.values()) {
      if (!file.isDue()) continue
      await file.cut().catch((error: unknown) => {
        const { node, log } = this.#context
        log.warn(asError(error).message, { node })
      })
    }
    this.#watchTime()
  }

  #watchTime(): void {
    const { clock } = this.#context
    if (this.#isStopped || this.#cutTimer !== undefined) return
    const date = clock.date()
    const next = this.#rotation?.endOfPeriod(date) ?? Infinity
    if (next === Infinity || [...this.#open.values()].every((file) => file.isEmpty)) return
    this.#cutTimer = clock.after(Math.ceil(next - date), () => void this.#turns.take(() => this.#cutDue()))
  }

  /** Removes and compresses what a process has left that was killed. */
  async #cleanUp(): Promise<void> {
    if (!this.#options.atomic && this.#rotation === undefined) return
    const { parts, plain } = await this.#leftovers()
    const { node, log, metrics } = this.#context
    for (const path of parts) {
      await removeIfThere(this.#files, path)
      metrics.add('parts_removed')
      log.info('removed a file that never became complete: what was in it comes again', { node, path })
    }
    for (const path of plain) this.#compressor?.add(path)
  }

  #leftovers(): ReturnType<typeof leftoversBelow> {
    const { target } = this.#options
    return 'path' in target
      ? leftoversBeside(resolve(target.path), this.#files)
      : leftoversBelow(this.#targets.root, this.#files)
  }

  #tellTorn(path: string, cutBytes: number): void {
    if (cutBytes === 0) return
    const { log, node, metrics } = this.#context
    const { target } = this.#options
    metrics.add('torn_lines')
    log.warn(`cut off a last line without its end, ${cutBytes} bytes`, {
      node,
      path: 'path' in target ? target.path : path,
      cutBytes,
    })
  }
}
