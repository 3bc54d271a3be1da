import { resolve } from 'node:path'
import { z } from 'zod'
import {
  defineConsumer,
  type CallInfo,
  type HandleConsumer,
  type OptionsOf,
  type WorkerContext,
} from '../core/component.ts'
import { configure, type ConfiguredConsumer } from '../core/configured.ts'
import type { Timer } from '../core/env.ts'
import type { Message } from '../core/message.ts'
import { AppendFile, realFileSystem, type FileSystem } from '../kit/append-file.ts'
import { jsonLine } from '../kit/ndjson.ts'
import { linesOf } from '../kit/output-lines.ts'
import { Turns } from '../kit/turns.ts'
import { duration } from '../kit/units.ts'

const options = z.strictObject({
  path: z
    .string()
    .min(1)
    .max(4096)
    .refine((path) => !path.includes('\0'), { error: 'a path has no NUL in it' })
    .describe('The file; relative to where the process was started. Its folder must exist.'),
  fsync: z
    .enum(['each', 'interval', 'never'])
    .default('interval')
    .describe(
      'When the disk must confirm: each call, once per `interval`, or never, which loses acked messages with the power.',
    ),
  interval: duration({ min: '1ms', max: '1h' })
    .prefault('100ms')
    .describe('With `fsync: interval`, how long a written message waits at most for its confirmation.'),
})

type Options = z.output<typeof options>

/**
 * Appends messages to a file, as JSON, one a line; of a batch one line per part.
 *
 * One process writes one file: nothing keeps a second one out, and two would cut each other's lines off after a failed
 * write or at a start.
 *
 * Rotate by renaming. With each `fdatasync` the path is looked at: where it leads to another file, or to none, what was
 * written since the last one is taken back and fails with SLUICE_FILE_MOVED, and what comes then goes to the file at
 * the path, which is made if need be. Emptying the file in place (`copytruncate`) loses what is written between the
 * copy and the cut, acked or not. With `fsync: never` nothing is looked at: after a rotation, restart.
 *
 * Shape:  in any message with data that JSON can say.
 * Demand: as any consumer; with `fsync: interval` what is written and not confirmed is held (D21).
 * Acks:   after the `fdatasync` that covers the message (A8), so that an acked line survives the machine; with
 *         `fsync: never` after the write, so that it survives the process.
 * Errors: SLUICE_OUTPUT_NOT_JSON fails the message or part; SLUICE_FILE_FULL, SLUICE_FILE_WRITE_FAILED and
 *         SLUICE_FILE_SYNC_FAILED are of the place, and leave no torn line behind; so is SLUICE_FILE_MOVED. On opening
 *         SLUICE_FILE_FORBIDDEN and SLUICE_FILE_UNUSABLE, or one of those where another try may do. A line that an
 *         earlier process left without its end is cut off.
 */
const definition = defineConsumer({
  name: 'file',
  summary: 'Appends messages to a file, a line of JSON each.',
  options,
  short: 'path',
  io: true,
  holds: true,
  exclusive: ({ path }) => `file ${resolve(path)}`,
  create: (settings, context) => createFile(settings, context),
})
export default definition

/** Appends messages to a file: `file({ path: 'ledger.ndjson' })`. */
export function file(settings: OptionsOf<typeof definition>): ConfiguredConsumer<unknown> {
  return configure(definition, settings)
}

/** @param fileSystem the real one, unless a test has another. */
export function createFile(
  settings: Options,
  context: WorkerContext,
  fileSystem: FileSystem = realFileSystem,
): HandleConsumer {
  const ledger = new Ledger(settings, context, new AppendFile(resolve(settings.path), fileSystem))
  return {
    open: () => ledger.open(),
    handle: (messages, call) => ledger.handle(messages, call),
    flush: () => ledger.flush(),
    stop: () => ledger.stop(),
  }
}

class Ledger {
  readonly #options: Options
  readonly #context: WorkerContext
  readonly #file: AppendFile
  readonly #turns = new Turns()
  /** Written, held, and not confirmed. */
  #unconfirmed: Message[] = []
  /** Runs while there are such. */
  #timer: Timer | undefined
  #isStopped = false

  constructor(settings: Options, context: WorkerContext, output: AppendFile) {
    this.#options = settings
    this.#context = context
    this.#file = output
  }

  async open(): Promise<void> {
    const cutBytes = await this.#file.open()
    if (cutBytes === 0) return
    const { log, node, metrics } = this.#context
    metrics.add('torn_lines')
    log.warn(`cut off a last line without its end, ${cutBytes} bytes`, { node, path: this.#options.path, cutBytes })
  }

  handle(messages: readonly Message<never>[], call: CallInfo): Promise<void> {
    return this.#turns.take(async () => {
      if (call.signal.aborted) return
      const text = linesOf(messages, jsonLine, this.#context.fail)
      if (text !== '') await this.#file.append(Buffer.from(text))
      if (this.#options.fsync === 'each') await this.#file.sync()
      if (this.#options.fsync === 'interval') this.#hold(messages)
    })
  }

  flush(): Promise<void> {
    return this.#turns.take(() => this.#confirm())
  }

  stop(): Promise<void> {
    this.#isStopped = true
    return this.#turns.take(() => this.#file.close())
  }

  /** Some may have failed, by their data or because their call took too long; what is done to those doesn't count. */
  #hold(messages: readonly Message[]): void {
    if (this.#isStopped) return
    this.#context.hold(messages)
    for (const message of messages) this.#unconfirmed.push(message)
    this.#timer ??= this.#context.clock.after(this.#options.interval, () => void this.flush())
  }

  /** Never fails: what the disk doesn't confirm fails its messages. */
  async #confirm(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    const covered = this.#unconfirmed
    if (covered.length === 0 || this.#isStopped) return
    this.#unconfirmed = []
    let failure: unknown
    try {
      await this.#file.sync()
    } catch (error) {
      failure = error
    }
    // A node that was stopped meanwhile has given its messages back; they come again.
    if (this.#isStopped) return
    if (failure === undefined) this.#context.ack(covered)
    else for (const message of covered) this.#context.fail(message, failure)
  }
}
