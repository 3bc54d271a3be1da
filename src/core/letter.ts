/** The node to which the letters of a pipeline go. */
export const DEAD_LETTERS = 'dead-letters'

/** An error as it is kept: what a later process can still show. */
export interface KeptError {
  readonly code: string | undefined
  readonly message: string
  /** `message` where it was the message's fault, `place` where it was given up on (`giveUpAfter`). */
  readonly kind: 'message' | 'place'
  /** What it came from, outermost first; at most eight. */
  readonly causes: readonly { readonly code: string | undefined; readonly message: string }[]
  readonly stack: string | undefined
}

/** A failed message kept with its story: what dead letters are made of, and the `data` of what their consumer is given. */
export interface Letter {
  /**
   * That of the message, and the node: branches that fail one message have a letter each. A letter that is retried and fails
   * again keeps it.
   */
  readonly id: string
  readonly messageId: string
  readonly pipeline: string
  /** The node that failed it. */
  readonly node: string
  /** The message as it entered the node (A11). */
  readonly data: unknown
  readonly key: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly time: number
  readonly priority: number
  readonly deadline: number | undefined
  /**
   * Where `keep: original` says so: what its producer read, where that told, otherwise the data with which the message came in;
   * of a batch, those of its parts.
   */
  readonly original: unknown
  readonly error: KeptError
  /** Calls that were made with it, the first included. */
  readonly attempts: number
  /** Wall clock, ms since 1970. */
  readonly firstFailedAt: number
  readonly failedAt: number
}
