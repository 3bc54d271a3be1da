/** What a message's `stamp` says about who owns it. A positive stamp is the number of the call that has it. */
export const FREE = 0
/** Made by a producer, not yet admitted. */
export const FRESH = -1
/** Its outcome is known; nothing that is done to it counts any more. */
export const SETTLED = -2
/** Made by a call that threw, or by a stage that was restarted: nobody waits for it. */
export const VOID = -3
/** Its handler threw, or said that the place doesn't work: what becomes of it is decided when the others of its call are done. */
export const THROWN = -5

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({})

/** Priority of a message that says nothing else; 0 is lowest, 9 highest. */
const DEFAULT_PRIORITY = 4
/** Heap bytes that a message is charged where it came over no wire (D22). */
const DEFAULT_SIZE_BYTES = 256

/** The producer's end of settlement: told what became of its messages (A1). */
export interface Origin {
  readonly name: string
  /** Stands before counted positions in ids; new at each start. */
  readonly idPrefix: string
  /** `messages[from..to)` of one group are acked; `bytes` is what they are charged with. */
  acked(messages: readonly Message[], from: number, to: number, bytes: number): void
  /** One message ended other than by a plain ack. */
  ended(message: Message, verdict: Verdict): void
}

/** Messages that were emitted together, or one right after another, and are counted together (A1). */
export class Group {
  readonly origin: Origin
  /** Monotonic milliseconds. */
  readonly admittedAt: number
  /** Messages admitted and not yet settled. */
  open = 0

  constructor(origin: Origin, admittedAt: number) {
    this.origin = origin
    this.admittedAt = admittedAt
  }
}

/** What it may say; the rest is as most have it. */
export type EnvelopeDetails = Partial<Pick<Envelope, 'headers' | 'priority' | 'deadline' | 'attempt'>>

/** What a message carries beside its data. Shared by all messages of an emission that say nothing else; never changed. */
export class Envelope {
  readonly group: Group
  readonly headers: Readonly<Record<string, string>>
  readonly time: number
  readonly priority: number
  readonly deadline: number | undefined
  readonly attempt: number

  constructor(group: Group, time: number, details: EnvelopeDetails = {}) {
    this.group = group
    this.time = time
    this.headers = details.headers ?? NO_HEADERS
    this.priority = details.priority ?? DEFAULT_PRIORITY
    this.deadline = details.deadline
    this.attempt = details.attempt ?? 1
  }

  /** The same with other details. */
  with(details: EnvelopeDetails): Envelope {
    const { headers, priority, deadline, attempt } = this
    return new Envelope(this.group, this.time, { headers, priority, deadline, attempt, ...details })
  }

  /** Whether one of these would be the same; headers are the same where they are one object. */
  says(time: number, { headers, priority, deadline, attempt }: EnvelopeDetails): boolean {
    return (
      time === this.time &&
      (headers ?? NO_HEADERS) === this.headers &&
      (priority ?? DEFAULT_PRIORITY) === this.priority &&
      deadline === this.deadline &&
      (attempt ?? 1) === this.attempt
    )
  }
}

/** An outcome that is more than a plain ack; `rank` orders them, the worse one wins where branches meet (A2). */
export interface Verdict {
  readonly outcome: 'acked' | 'failed'
  /** Why an acked message didn't arrive everywhere: `failed` is "dropped after failure". */
  readonly reason: string | undefined
  readonly error: unknown
  /** The node at which it was decided. */
  readonly node: string
}

/** What a message has to do with others: shells or children that it waits for, parts that wait for it. */
export class Kin {
  /** Children and shells without an outcome, and the call that may still make some. */
  open = 0
  verdict: Verdict | undefined = undefined
  parts: readonly Message[] | undefined = undefined
  partVerdicts: Map<number, Verdict> | undefined = undefined
  /** Letters of it that are not stored: its outcome waits for them. */
  letters = 0
  /** Its outcome is known but for them. */
  hasEnded = false
}

/**
 * The unit that flows. `data` is immutable by contract: a handler returns new values.
 *
 * A message has one owner at a time, so the kernel writes the new data of a per-message stage into the same
 * object once its handler has returned (A11).
 */
export class Message<T = unknown> {
  data: T
  /** Order and partition; undefined is ordered with nothing. */
  key: string | undefined
  /** @internal A number is a count behind the origin's prefix, a string is the producer's own, '' is a shell. */
  position: number | string
  /** @internal */
  envelope: Envelope
  /** @internal Whose child or shell it is. */
  parent: Message | undefined
  /** @internal */
  kin: Kin | undefined
  /** @internal */
  stamp: number
  /** Heap bytes it is charged with (D22). */
  readonly sizeBytes: number

  /** @internal */
  constructor(
    data: T,
    key: string | undefined,
    position: number | string,
    envelope: Envelope,
    sizeBytes: number = DEFAULT_SIZE_BYTES,
  ) {
    this.data = data
    this.key = key
    this.position = position
    this.envelope = envelope
    this.parent = undefined
    this.kin = undefined
    this.stamp = FREE
    this.sizeBytes = sizeBytes
  }

  /** `producer:position/path`; the same after redelivery. Built when read. */
  get id(): string {
    const { parent, position } = this
    if (parent !== undefined) return position === '' ? parent.id : `${parent.id}/${position}`
    const parts = this.kin?.parts
    if (parts !== undefined) return parts.length === 1 ? `${parts[0]!.id}+` : `${parts[0]!.id}+${parts.length - 1}`
    const { origin } = this.envelope.group
    return `${origin.name}:${typeof position === 'number' ? origin.idPrefix + position : position}`
  }
  get headers(): Readonly<Record<string, string>> {
    return this.envelope.headers
  }
  /** Event time in ms since 1970: arrival, unless the producer knew better. */
  get time(): number {
    return this.envelope.time
  }
  /** 0 to 9, 9 is highest. */
  get priority(): number {
    return this.envelope.priority
  }
  /** 1 is the first. */
  get attempt(): number {
    return this.envelope.attempt
  }
  /** Wall clock ms after which nobody waits for it. */
  get deadline(): number | undefined {
    return this.envelope.deadline
  }
  /** The messages inside a batch; undefined for any other message. */
  get parts(): readonly Message[] | undefined {
    return this.kin?.parts ?? (this.position === '' ? this.parent?.parts : undefined)
  }

  /** This message with other data, for a handler to return in its stead. */
  with<U>(data: U): Message<U> {
    return new Draft(data, this as unknown as Message<U>)
  }
}

/** What `with` gives: stands for its source until the call that returned it has succeeded. */
export class Draft<T> extends Message<T> {
  readonly source: Message<T>

  constructor(data: T, message: Message<T>) {
    super(data, message.key, message.position, message.envelope, message.sizeBytes)
    this.stamp = VOID
    const source = message instanceof Draft ? (message.source as Message<T>) : message
    this.source = source
    this.parent = source.parent
    this.kin = source.kin
  }

  override get id(): string {
    return this.source.id
  }
  override get parts(): readonly Message[] | undefined {
    return this.source.parts
  }
}

/** How many parts a message counts for (A12): 1, or what its batch holds. */
export function partCount(message: Message): number {
  if (message.kin === undefined && message.parent === undefined) return 1
  return message.parts?.length ?? 1
}

/** A branch's own object around the same data (D16). */
export function shellOf(message: Message): Message {
  const shell = new Message(message.data, message.key, '', message.envelope, message.sizeBytes)
  shell.parent = message
  return shell
}

/** A child, charged with what its parent is; the caller counts it in the parent's `kin.open`. */
export function childOf(parent: Message, data: unknown, index: number, sizeBytes = parent.sizeBytes): Message {
  const child = new Message(data, parent.key, index, parent.envelope, sizeBytes)
  child.parent = parent
  return child
}

/** The kin of a message, made when first asked for. */
export function kinOf(message: Message): Kin {
  return (message.kin ??= new Kin())
}
