import type { Env } from '../core/env.ts'
import { SluiceError } from '../core/errors.ts'
import type { RedisErrorCode } from './errors.ts'

/** Refusals of one command, which say nothing against the server: it works. */
const WORKING: ReadonlySet<string> = new Set<RedisErrorCode>([
  'SLUICE_REDIS_COMMAND_UNKNOWN',
  'SLUICE_REDIS_CROSS_SLOT',
  'SLUICE_REDIS_ID_TAKEN',
  'SLUICE_REDIS_NOT_PERMITTED',
  'SLUICE_REDIS_REFUSED',
  'SLUICE_REDIS_SCRIPT_FAILED',
  'SLUICE_REDIS_WRONG_TYPE',
])

/** How a connection does. That it is connected says nothing: a frozen server is, too. */
export interface RedisHealth {
  /** Whether the last command that ended was answered well, and none waits for longer than it should. */
  readonly isProgressing: boolean
  /** For how long the oldest command that has no answer waits, ms; undefined while none waits. */
  readonly oldestWaitMs: number | undefined
  /** How long ago a command was last answered, ms; undefined before the first. */
  readonly lastAnswerMs: number | undefined
  /** Why the last command failed; undefined where it did not. */
  readonly error: SluiceError | undefined
}

/** A command under way. */
interface Waiting {
  readonly since: number
}

/** Commands under way and how the last of them ended, by the monotonic clock. */
export class Progress {
  readonly #env: Env
  readonly #stalledMs: number
  /** In the order in which they began. */
  readonly #waiting = new Set<Waiting>()
  #answeredAt: number | undefined
  #error: SluiceError | undefined

  /** @param stalledMs after which a command without an answer is a sign of trouble. */
  constructor(env: Env, stalledMs: number) {
    this.#env = env
    this.#stalledMs = stalledMs
  }

  begin(): Waiting {
    const waiting = { since: this.#env.now() }
    this.#waiting.add(waiting)
    return waiting
  }

  end(waiting: Waiting, error?: SluiceError): void {
    this.#waiting.delete(waiting)
    const isAnswered = error === undefined || WORKING.has(error.code)
    if (isAnswered) this.#answeredAt = this.#env.now()
    this.#error = isAnswered ? undefined : error
  }

  health(): RedisHealth {
    const now = this.#env.now()
    const [oldest] = this.#waiting
    const oldestWaitMs = oldest === undefined ? undefined : now - oldest.since
    return {
      isProgressing: this.#error === undefined && (oldestWaitMs ?? 0) <= this.#stalledMs,
      oldestWaitMs,
      lastAnswerMs: this.#answeredAt === undefined ? undefined : now - this.#answeredAt,
      error: this.#error,
    }
  }
}
