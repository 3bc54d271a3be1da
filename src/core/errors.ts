/** Whose fault it is: the message's, so that another try fails too, or the place's, so that the next message fails as well (A3). */
export type ErrorKind = 'message' | 'place'

interface ErrorEntry {
  readonly kind: ErrorKind
  readonly summary: string
  /** What to do about it. */
  readonly hint: string
}

/** Every code of the kernel. A code is never used for something else later. */
export const KERNEL_ERRORS = {
  SLUICE_CALL_TIMEOUT: {
    kind: 'place',
    summary: 'a call took longer than the timeout of its node',
    hint: 'find out what the handler waits for, or raise `timeout`; whether the call took effect is unknown',
  },
  SLUICE_HANDLER_LOST_MESSAGE: {
    kind: 'message',
    summary: 'a handler forgot a message',
    hint: 'return, drop, fail or hold each message, and each child, before the call ends',
  },
  SLUICE_HANDLER_FOREIGN_MESSAGE: {
    kind: 'message',
    summary: 'a handler gave a message that is not its to give',
    hint: 'return each message of the call once, or make new ones with `child`, `derive` or `join`',
  },
  SLUICE_HANDLER_BAD_RETURN: {
    kind: 'message',
    summary: 'a handler returned something of the wrong type',
    hint: 'see the shape of the component: `map` a value, `flatMap` an array or an iterable, `handle` an array of messages',
  },
  SLUICE_HANDLER_THREW: {
    kind: 'message',
    summary: 'something was thrown that is not an error',
    hint: 'throw an Error, so that its message and stack are known',
  },
  SLUICE_EXPANSION_TOO_LARGE: {
    kind: 'message',
    summary: 'a message became more messages than `maxExpansion` allows',
    hint: 'return an iterable, which is pulled as fast as there is demand, or raise `maxExpansion`',
  },
  SLUICE_BATCH_LENGTH: {
    kind: 'message',
    summary: 'a batch came back with another number of parts',
    hint: 'keep one value per part, in order, between `batch` and `unbatch`',
  },
  SLUICE_NOT_A_BATCH: {
    kind: 'message',
    summary: '`unbatch` was given a message that is no batch',
    hint: 'let `unbatch` read from a `batch`; to take an array apart that came as one message, use `flat-map`',
  },
  SLUICE_KEY_INVALID: {
    kind: 'message',
    summary: 'a `key` or `by` gave something that cannot be a key',
    hint: 'give a string, a number or a boolean, or nothing for no key',
  },
  SLUICE_MESSAGE_INVALID: {
    kind: 'message',
    summary: 'a message was made with a size, key, priority or time that it cannot have',
    hint: 'see the message: it names the detail, and what it may be',
  },
  SLUICE_MESSAGE_FAILED: {
    kind: 'message',
    summary: 'a message was failed without an error',
    hint: 'give `fail` an Error that says why',
  },
  SLUICE_MESSAGE_SHED: {
    kind: 'message',
    summary: 'a message was dropped by the policy of a full queue',
    hint: 'raise `queue`, or choose another `whenFull`',
  },
  SLUICE_OVERFLOW_FULL: {
    kind: 'place',
    summary: 'an overflow has all that its `limit` lets it keep, or its store is out of reach',
    hint: 'send it again later; drain it, raise `limit`, or find out why what is below takes so little',
  },
  SLUICE_GIVEN_UP: {
    kind: 'place',
    summary: 'the place did not work for longer than `giveUpAfter`',
    hint: 'see the cause; raise `giveUpAfter`, or leave it out, to wait for as long as it takes',
  },
  SLUICE_MESSAGE_SUSPECTED: {
    kind: 'message',
    summary: 'a message failed again and again as if there were an outage, while others succeeded',
    hint: 'see the cause: most likely it is the message that the place cannot take',
  },
  SLUICE_MESSAGE_EXPIRED: {
    kind: 'message',
    summary: 'the deadline of a message passed before its turn came',
    hint: 'give it more time, or find out what it waited for',
  },
  SLUICE_PIPELINE_STOPPED: {
    kind: 'place',
    summary: 'the pipeline stopped before the message was done',
    hint: 'send it again; raise `stopTimeout` if there was more to drain than time',
  },
  SLUICE_PIPELINE_FAILED: {
    kind: 'place',
    summary: 'the pipeline failed',
    hint: 'see the error of the node that is named',
  },
  SLUICE_NODE_STOPPED: {
    kind: 'place',
    summary: 'a component used its context after its node had stopped or been restarted',
    hint: 'stop what the component has under way in `stop`, or when `signal` aborts',
  },
  SLUICE_NODE_FAILED: {
    kind: 'place',
    summary: 'a node failed outside of a handler',
    hint: 'see the cause; this is a mistake in the component',
  },
  SLUICE_GRAPH_INVALID: {
    kind: 'place',
    summary: 'the nodes do not make a pipeline',
    hint: 'see the message: it names the node and what is expected',
  },
  SLUICE_COMPONENT_INVALID: {
    kind: 'place',
    summary: 'a component does not keep to the contract',
    hint: 'see the message: a stage gives one of map, filter, flatMap and handle; a consumer each or handle',
  },
} as const satisfies Record<string, ErrorEntry>

/** Every failure that Sluice itself reports. `code` is stable; `cause` is what it came from. */
export class SluiceError extends Error {
  readonly code: string
  readonly kind: ErrorKind
  /** The node that it is about, where it isn't thrown by that node. */
  readonly node: string | undefined
  /** How long the place asks to be left alone, as by `Retry-After`. */
  readonly retryAfterMs: number | undefined
  /** Whether waiting helps, also while a node is being opened: it is tried again then. */
  readonly passes: boolean

  constructor(code: keyof typeof KERNEL_ERRORS, message?: string, options?: ErrorOptions & { node?: string })
  constructor(code: string, message: string, options: SluiceErrorOptions & { kind: ErrorKind })
  constructor(code: string, message?: string, options: SluiceErrorOptions = {}) {
    const entry: ErrorEntry | undefined = (KERNEL_ERRORS as Record<string, ErrorEntry>)[code]
    super(message ?? entry?.summary ?? code, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'SluiceError'
    this.code = code
    this.node = options.node
    this.kind = options.kind ?? entry?.kind ?? 'message'
    this.retryAfterMs = options.retryAfterMs
    this.passes = options.passes ?? false
  }
}

interface SluiceErrorOptions extends ErrorOptions {
  readonly kind?: ErrorKind
  readonly node?: string
  readonly retryAfterMs?: number | undefined
  readonly passes?: boolean
}

/** An error with a code of a table other than the kernel's. */
export function errorOf(
  kind: ErrorKind,
  {
    code,
    message,
    cause,
    passes = false,
  }: { readonly code: string; readonly message: string; readonly cause?: unknown; readonly passes?: boolean },
): SluiceError {
  return new SluiceError(code, message, { kind, passes, ...(cause === undefined ? {} : { cause }) })
}

/** An error of the message: the same message would fail again. */
export function messageError(code: string, message: string, cause?: unknown): SluiceError {
  return errorOf('message', { code, message, cause })
}

/** An error of the place: any message would fail just now. */
export function placeError(code: string, message: string, cause?: unknown): SluiceError {
  return errorOf('place', { code, message, cause })
}

/** An error of a place that says how long it wants to be left alone, as by `Retry-After`. */
export function busyError(
  code: string,
  message: string,
  options: { readonly retryAfterMs: number; readonly cause?: unknown },
): SluiceError {
  return new SluiceError(code, message, { ...options, kind: 'place' })
}

/** Whose fault an error is. What says nothing is of the message (A3). */
export function kindOf(thrown: unknown): ErrorKind {
  try {
    return thrown instanceof SluiceError ? thrown.kind : 'message'
  } catch {
    return 'message' // It throws when it is looked at.
  }
}

/** After how long to come again, where whoever can't be reached has said so; ms. */
export function retryAfterOf(error: Error): number | undefined {
  return error instanceof SluiceError ? error.retryAfterMs : undefined
}

/** Whether it is an error that can be told: one may throw when it is looked at, or have a message that is no text. */
export function isReadable(thrown: unknown): thrown is Error {
  try {
    if (!(thrown instanceof Error)) return false
    const { message, name, cause, code } = thrown as Error & { readonly code?: unknown }
    void [name, cause, code]
    return typeof message === 'string'
  } catch {
    return false
  }
}

/** What was thrown, as an error: anything can be thrown, also nothing, also what throws when it is looked at. */
export function asError(thrown: unknown): Error {
  if (isReadable(thrown)) return thrown
  let text: string
  try {
    text = String(thrown)
  } catch {
    text = `a value of type ${typeof thrown}`
  }
  return new SluiceError('SLUICE_HANDLER_THREW', `${text} was thrown, which is not an error`, { cause: thrown })
}
