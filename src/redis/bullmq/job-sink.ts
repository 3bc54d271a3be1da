import type { HandleConsumer, WorkerContext } from '../../core/component.ts'
import { realEnv } from '../../core/env.ts'
import type { Message } from '../../core/message.ts'
import { componentError } from '../../kit/component-errors.ts'
import { piecesOf, type Piece } from '../../kit/pieces.ts'
import { dataProblem, drafting, type DraftJob, type JobDraft } from './drafts.ts'
import { JobQueue } from './job-queue.ts'
import type { BullSinkOptions } from './options.ts'

/** Jobs of one pipeline of commands: more would hold up this process for too long at a time. */
const MOST_AT_ONCE = 1000

interface Drafted {
  readonly piece: Piece
  readonly draft: JobDraft
}

/** Messages as jobs of a queue, many at a time. */
export class JobSink implements HandleConsumer {
  readonly #options: BullSinkOptions
  readonly #context: WorkerContext
  readonly #draft: DraftJob
  #queue: JobQueue | undefined

  constructor(options: BullSinkOptions, context: WorkerContext) {
    this.#options = options
    this.#context = context
    this.#draft = drafting(options.job, options.prefix)
  }

  async open(): Promise<void> {
    this.#queue = await JobQueue.open(this.#options, { env: realEnv, log: this.#context.log })
  }

  async handle(messages: readonly Message<never>[]): Promise<void> {
    const { fail } = this.#context
    const drafted = piecesOf(messages, fail).flatMap((piece) => this.#drafted(piece))
    for (let start = 0; start < drafted.length; start += MOST_AT_ONCE) {
      await this.#add(drafted.slice(start, start + MOST_AT_ONCE))
    }
  }

  health(): Promise<void> {
    return this.#queue!.health()
  }

  async stop(): Promise<void> {
    await this.#queue?.close()
  }

  #drafted(piece: Piece): Drafted[] {
    try {
      return [{ piece, draft: this.#draft(piece.message) }]
    } catch (error) {
      this.#fail(piece, error)
      return []
    }
  }

  async #add(drafted: readonly Drafted[]): Promise<void> {
    if (drafted.length === 0) return
    let refusals: readonly (string | undefined)[]
    try {
      refusals = await this.#queue!.add(drafted.map(({ draft }) => draft))
    } catch (error) {
      const writable = drafted.filter(({ draft }) => dataProblem(draft) === undefined)
      if (writable.length === drafted.length) throw error
      for (const { piece, draft } of drafted) {
        const problem = dataProblem(draft)
        if (problem !== undefined) this.#fail(piece, problem)
      }
      return await this.#add(writable)
    }
    for (const [index, refusal] of refusals.entries()) {
      if (refusal !== undefined) this.#fail(drafted[index]!.piece, componentError('SLUICE_BULLMQ_JOB_INVALID', refusal))
    }
  }

  #fail({ of, part }: Piece, error: unknown): void {
    this.#context.fail(of, error, part)
  }
}
