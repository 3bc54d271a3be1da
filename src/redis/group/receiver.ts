import { pauseAfter, type Backoff } from '../../core/backoff.ts'
import type { Log } from '../../core/component.ts'
import type { Env } from '../../core/env.ts'
import { asError } from '../../core/errors.ts'
import type { GroupStats, OnGroupMessage } from '../../core/group.ts'
import type { Patience } from '../patience.ts'

/** Between calls with one message; ms. */
const AGAIN: Backoff = { initialMs: 100, maxMs: 10_000 }

/** One message as it came. */
export interface Received {
  readonly id: string
  readonly from: string
  /** JSON. */
  readonly text: string
}

interface ReceiverOptions {
  readonly env: Env
  readonly log: Log
  readonly patience: Patience
  readonly onMessage: OnGroupMessage
}

/** Calls the listener of a member, with one message after the other, and counts. */
export class Receiver {
  readonly #options: ReceiverOptions
  #received = 0
  #failed = 0
  #gaps = 0

  constructor(options: ReceiverOptions) {
    this.#options = options
  }

  get stats(): GroupStats {
    return { received: this.#received, failed: this.#failed, gaps: this.#gaps }
  }

  /** Messages were gone before they could be given. */
  noteGap(message: string, fields: object): void {
    this.#gaps++
    this.#options.log.warn(message, fields)
  }

  /** Calls once. @returns whether there is nothing more to do about the message */
  async once(message: Received, failures = 1): Promise<boolean> {
    const { onMessage, log } = this.#options
    const { id, from, text } = message
    let data: unknown
    try {
      data = JSON.parse(text)
    } catch (error) {
      // Not of ours: it will not be better the next time.
      log.warn(`a message of the group is no JSON, and is passed over: ${asError(error).message}`, { id, from })
      return true
    }
    try {
      await onMessage(data, { id, from })
      this.#received++
      return true
    } catch (error) {
      this.#failed++
      const { message: reason, stack } = asError(error)
      log.warn(`\`onMessage\` failed: ${reason}`, { id, from, failures, stack })
      return false
    }
  }

  /** Calls until it succeeds. @returns false where there was an end to waiting before */
  async untilHandled(message: Received): Promise<boolean> {
    const { patience, env } = this.#options
    for (let failures = 1; !patience.hasEnded; failures++) {
      if (await this.once(message, failures)) return true
      await patience.pause(pauseAfter(failures, AGAIN, env.random()))
    }
    return false
  }
}
