import type { NodeContext } from '../../core/component.ts'
import type { Timer } from '../../core/env.ts'
import { asError } from '../../core/errors.ts'
import { Turns } from '../turns.ts'
import type { Checkpoints, Mark } from './checkpoints.ts'

/** What was settled since comes again after a crash; ms. */
const EVERY_MS = 1_000

/** Writes down how far files were read: soon after something was settled, and at the end. */
export class Saving {
  readonly #checkpoints: Checkpoints
  readonly #context: Pick<NodeContext, 'node' | 'clock' | 'log' | 'metrics'>
  /** How it stands now. */
  readonly #collect: () => Promise<readonly Mark[]>
  readonly #turns = new Turns()
  #timer: Timer | undefined
  #isDirty = false
  #isFailing = false
  #hasEnded = false

  constructor(
    checkpoints: Checkpoints,
    context: Pick<NodeContext, 'node' | 'clock' | 'log' | 'metrics'>,
    collect: () => Promise<readonly Mark[]>,
  ) {
    this.#checkpoints = checkpoints
    this.#context = context
    this.#collect = collect
  }

  /** Something has changed that is to be written down. */
  changed(): void {
    this.#isDirty = true
    if (!this.#hasEnded) this.#timer ??= this.#context.clock.after(EVERY_MS, () => void this.#due())
  }

  /** Resolves when how it stands is written down. @throws SLUICE_FILE_CHECKPOINTS_FAILED */
  now(): Promise<void> {
    this.#isDirty = false
    return this.#turns.take(async () => {
      try {
        await this.#checkpoints.save(await this.#collect())
        this.#isFailing = false
      } catch (error) {
        this.#isDirty = true
        throw error
      }
    })
  }

  /** The last time; what can't be written down comes again at the next start. */
  async finish(): Promise<void> {
    this.#hasEnded = true
    this.#timer?.cancel()
    await this.#turns.take(async () => {})
    if (this.#isDirty) await this.#tryNow()
  }

  async #due(): Promise<void> {
    this.#timer = undefined
    await this.#tryNow()
    if (this.#isDirty) this.changed()
  }

  async #tryNow(): Promise<void> {
    try {
      await this.now()
    } catch (error) {
      const { log, node, metrics } = this.#context
      metrics.add('checkpoint_failures')
      const { message, code } = asError(error) as Error & { code?: string }
      if (!this.#isFailing) log.warn(`${message}; what is settled meanwhile comes again after a crash`, { node, code })
      this.#isFailing = true
    }
  }
}
