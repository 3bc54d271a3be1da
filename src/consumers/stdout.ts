import type { Writable } from 'node:stream'
import { z } from 'zod'
import { defineConsumer, type OptionsOf, type WorkerContext } from '../core/component.ts'
import { configure, type ConfiguredConsumer } from '../core/configured.ts'
import type { SluiceError } from '../core/errors.ts'
import type { Message } from '../core/message.ts'
import { componentError } from '../kit/component-errors.ts'
import { errnoOf } from '../kit/errno.ts'
import { jsonLine } from '../kit/ndjson.ts'
import { linesOf } from '../kit/output-lines.ts'

const options = z.strictObject({
  format: z
    .enum(['ndjson', 'text'])
    .default('ndjson')
    .describe('`ndjson`: the data as JSON. `text`: a text as it is, anything else as JSON.'),
})

type Options = z.output<typeof options>

/**
 * Writes messages to standard output, one a line; of a batch one line per part.
 *
 * Shape:  in any message.
 * Demand: as any consumer; a reader that is slow slows the pipeline, nothing piles up.
 * Acks:   when the system has taken the line.
 * Errors: SLUICE_OUTPUT_NOT_JSON fails the message or part. SLUICE_STDOUT_CLOSED, when the reader has gone, ends the
 *         pipeline; SLUICE_STDOUT_FAILED is of the place.
 */
const definition = defineConsumer({
  name: 'stdout',
  summary: 'Writes messages to standard output, a line each.',
  options,
  short: 'format',
  io: true,
  create: (settings, context) => {
    let output: StandardOutput | undefined
    return {
      open: () => {
        output = new StandardOutput(process.stdout, settings, context)
      },
      handle: (messages) => output!.write(messages),
      stop: () => output?.stop(),
    }
  },
})
export default definition

/** Writes messages to standard output: `stdout()`, `stdout({ format: 'text' })`. */
export function stdout(settings: OptionsOf<typeof definition> = {}): ConfiguredConsumer<unknown> {
  return configure(definition, settings)
}

class StandardOutput {
  readonly #stream: Writable
  readonly #lineOf: (value: unknown) => string
  readonly #context: WorkerContext
  #isClosed = false

  constructor(stream: Writable, { format }: Options, context: WorkerContext) {
    this.#stream = stream
    this.#lineOf = format === 'text' ? textLine : jsonLine
    this.#context = context
    // Stays for good: what comes when nobody listens would end the process.
    if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore)
    stream.on('error', this.#failed)
  }

  /** Resolves when the system has taken the lines; at most one call's worth waits in this process. */
  write(messages: readonly Message<never>[]): Promise<void> | undefined {
    const text = linesOf(messages, this.#lineOf, this.#context.fail)
    if (text === '') return undefined
    return new Promise((resolve, reject) => {
      this.#stream.write(text, (error) => {
        if (!error) return resolve()
        const failure = this.#failed(error)
        if (!this.#isClosed) reject(failure) // Else the node is at its end, and that is no outage to wait for.
      })
    })
  }

  stop(): void {
    this.#stream.off('error', this.#failed)
  }

  /** Nobody will ever read again where nobody reads now, so the node can't go on. */
  readonly #failed = (error: Error): SluiceError => {
    const errno = errnoOf(error)
    if (!CLOSED.has(errno)) {
      return componentError(
        'SLUICE_STDOUT_FAILED',
        `standard output cannot be written to (${errno ?? error.message})`,
        error,
      )
    }
    const closed = componentError('SLUICE_STDOUT_CLOSED', 'whoever read standard output has closed it', error)
    if (!this.#isClosed) {
      this.#isClosed = true
      // A callback of the clock that throws is how a component says that its node is at its end.
      this.#context.clock.after(0, () => {
        throw closed
      })
    }
    return closed
  }
}

const CLOSED = new Set<string | undefined>([
  'EPIPE',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
])

function ignore(): void {}

function textLine(value: unknown): string {
  return typeof value === 'string' ? `${value}\n` : jsonLine(value)
}
