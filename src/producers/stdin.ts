import { fstatSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { z } from 'zod'
import {
  defineProducer,
  type CallInfo,
  type MaybePromise,
  type OptionsOf,
  type ProducerContext,
} from '../core/component.ts'
import { configure, type ConfiguredProducer } from '../core/configured.ts'
import type { Message } from '../core/message.ts'
import { componentError } from '../kit/component-errors.ts'
import { errnoOf } from '../kit/errno.ts'
import { InputFaults } from '../kit/input-faults.ts'
import { JsonReader } from '../kit/json.ts'
import { jsonLimits } from '../kit/json-limits.ts'
import { JsonRefusal } from '../kit/json-refusal.ts'
import { lineError, LineSplitter, type Line, type TextLine } from '../kit/lines.ts'
import { isBlank, readLine } from '../kit/ndjson.ts'
import { bytes } from '../kit/units.ts'
import { randomToken } from '../core/mint.ts'

const options = z.strictObject({
  format: z
    .enum(['ndjson', 'lines'])
    .default('ndjson')
    .describe('`ndjson`: each line is JSON, empty ones are left out. `lines`: each line is a text.'),
  maxLine: bytes({ min: '1B', max: '256MiB' }).prefault('1MiB').describe('Longest line.'),
  limits: jsonLimits,
})

type Options = z.output<typeof options>

/** Lines without a message that are gone through at one go; then signals, timers and sockets have their turn. */
const MOST_SKIPPED = 500

/**
 * Reads standard input line by line until it ends; the last line may lack its end.
 *
 * Shape:  out one message per line, at the position `<start>-<line>`, where the first is new at each start: its
 *         JSON, or its text.
 * Demand: reads only what is asked for; one buffer of the system's size waits.
 * Acks:   nobody can be told: what fails is reported, and the process ends with 65.
 * Errors: a line that is broken or too long is reported with its number, counted as `input_faults` and left out;
 *         the process ends with 65. SLUICE_STDIN_FAILED ends the pipeline.
 */
const definition = defineProducer({
  name: 'stdin',
  summary: 'Reads lines from standard input until it ends.',
  options,
  short: 'format',
  io: true,
  exclusive: () => 'standard input',
  create: (settings, context) => {
    let input: StandardInput | undefined
    return {
      open: () => {
        refuseFolder()
        input = new StandardInput(process.stdin, settings, context)
      },
      handleDemand: (count, call) => input!.give(count, call),
      stop: () => input?.stop(),
    }
  },
})
export default definition

type Settings = OptionsOf<typeof definition>

/**
 * Reads standard input: `stdin({ format: 'lines' })` for texts, `stdin<LogLine>()` for lines of JSON. That a line is a
 * `LogLine` is said, not checked.
 */
export function stdin(settings: Settings & { readonly format: 'lines' }): ConfiguredProducer<string>
export function stdin<T = unknown>(settings?: Settings): ConfiguredProducer<T>
export function stdin<T>(settings: Settings = {}): ConfiguredProducer<T> {
  return configure(definition, settings)
}

const STANDARD_INPUT = 0

/** For Node a folder there is an input that has ended. @throws SLUICE_STDIN_FAILED */
function refuseFolder(): void {
  if (!fstatSync(STANDARD_INPUT).isDirectory()) return
  throw componentError('SLUICE_STDIN_FAILED', 'standard input is a folder, which cannot be read from')
}

class StandardInput {
  readonly #stream: Readable & { unref?: () => void }
  readonly #options: Options
  readonly #context: ProducerContext
  readonly #splitter: LineSplitter
  readonly #reader: JsonReader
  readonly #faults: InputFaults
  readonly #start: string
  /** What has been read and not given: `#lines[#next..]`. */
  #lines: readonly Line[] = []
  #next = 0
  #hasEnded = false
  /** The last look ended early, for the others' sake: more may be there. */
  #isSkipping = false
  #error: Error | undefined
  /** Goes on with the ask that waits. */
  #wake: () => void = ignore

  constructor(stream: Readable, settings: Options, context: ProducerContext) {
    this.#stream = stream
    this.#options = settings
    this.#context = context
    this.#start = randomToken(() => context.random())
    this.#splitter = new LineSplitter({ maxLineBytes: settings.maxLine })
    this.#reader = new JsonReader(settings.limits)
    this.#faults = new InputFaults(context)
    // A listener for `readable` keeps the stream paused: it fills one buffer and reads on when that has been taken.
    stream.on('readable', this.#readable)
    stream.on('end', this.#ended)
    stream.on('close', this.#ended)
    stream.on('error', this.#failed)
    if (stream.readableEnded || stream.destroyed) this.#hasEnded = true
  }

  /** @returns at once while lines are there; otherwise when some have come, with none only at the end. */
  give(count: number, call: CallInfo): MaybePromise<readonly Message[]> {
    const messages = this.#take(count)
    return messages.length > 0 || this.#isOver ? messages : this.#wait(count, call)
  }

  stop(): void {
    const stream = this.#stream
    stream.off('readable', this.#readable)
    stream.off('end', this.#ended)
    stream.off('close', this.#ended)
    stream.off('error', this.#failed)
    stream.on('error', ignore)
    // A terminal or a pipe that says nothing more must not keep the process.
    stream.pause()
    stream.unref?.()
  }

  get #isOver(): boolean {
    return this.#hasEnded && this.#next === this.#lines.length
  }

  async #wait(count: number, { signal }: CallInfo): Promise<readonly Message[]> {
    const goOn = (): void => this.#wake()
    signal.addEventListener('abort', goOn)
    try {
      while (!signal.aborted) {
        await this.#moment()
        const messages = signal.aborted ? [] : this.#take(count)
        if (messages.length > 0 || this.#isOver) return messages
      }
      return []
    } finally {
      signal.removeEventListener('abort', goOn)
    }
  }

  /** Resolves when another look may bring something: soon after many skipped lines, else when something has come. */
  #moment(): Promise<void> {
    if (this.#isSkipping) return nextTurn()
    return new Promise((resolve) => (this.#wake = resolve))
  }

  /** Up to `count` messages of what can be read now; fewer, also none, where many lines are no message. */
  #take(count: number): Message[] {
    if (this.#error !== undefined) throw this.#error
    const messages: Message[] = []
    let skipped = 0
    while (messages.length < count && skipped < MOST_SKIPPED && (this.#next < this.#lines.length || this.#read())) {
      const message = this.#messageOf(this.#lines[this.#next++]!)
      if (message === undefined) skipped++
      else messages.push(message)
    }
    this.#isSkipping = skipped === MOST_SKIPPED
    if (this.#isOver) {
      this.#faults.summarize()
      this.#context.end()
    }
    return messages
  }

  /** @returns whether there are lines now. */
  #read(): boolean {
    this.#next = 0
    this.#lines = []
    while (this.#lines.length === 0) {
      const chunk = this.#stream.read() as Buffer | null
      if (chunk === null) break
      this.#lines = this.#splitter.push(chunk)
    }
    if (this.#lines.length === 0 && this.#hasEnded) this.#lines = this.#splitter.end()
    return this.#lines.length > 0
  }

  #messageOf(line: Line): Message | undefined {
    if (line.text === undefined) {
      this.#faults.report(line.line, () => lineError(line, this.#options.maxLine))
      return undefined
    }
    // In characters, which is what the text takes on the heap where it isn't ASCII.
    const wireBytes = line.text.length + 1
    if (this.#options.format === 'ndjson') return isBlank(line) ? undefined : this.#parsed(line, wireBytes)
    return this.#context.message(line.text, { position: this.#positionOf(line), wireBytes })
  }

  /** The first line of another start is another line. */
  #positionOf({ line }: TextLine): string {
    return `${this.#start}-${line}`
  }

  #parsed(line: TextLine, wireBytes: number): Message | undefined {
    const data = readLine(line, this.#reader)
    if (!(data instanceof JsonRefusal)) {
      const sizeBytes = this.#reader.takeSizeBytes(wireBytes)
      return this.#context.message(data, { position: this.#positionOf(line), sizeBytes })
    }
    this.#faults.report(line.line, () => data.toError())
    return undefined
  }

  readonly #readable = (): void => this.#wake()

  readonly #ended = (): void => {
    this.#hasEnded = true
    this.#wake()
  }

  readonly #failed = (error: Error): void => {
    const reason = errnoOf(error) ?? error.message
    this.#error = componentError('SLUICE_STDIN_FAILED', `standard input cannot be read (${reason})`, error)
    this.#wake()
  }
}

function ignore(): void {}
