import type { Edge } from './edge.ts'
import { asError, isReadable, kindOf } from './errors.ts'
import type { KeptError, Letter } from './letter.ts'
import type { Marker } from './marker.ts'
import { Envelope, Group, kinOf, Message, type Origin, type Verdict } from './message.ts'
import type { Originals } from './originals.ts'
import { Outlet, type OutletOwner } from './outlet.ts'
import { letterStored } from './settle.ts'

/** Errors that an error came from are kept up to so many. */
const MOST_CAUSES = 8

/** A node as its letters name it. */
export interface LetterWriter extends OutletOwner {
  readonly name: string
  readonly host: {
    readonly pipeline: string
    readonly scheduler: { readonly now: number; readonly date: number }
    readonly originals: Originals | undefined
  }
}

/** What failed: a message, or one part of the batch that holds its outcome. */
export interface Failed {
  readonly message: Message
  readonly part: number | undefined
  readonly error: unknown
  /** Wall clock ms; now, where it hasn't failed before. */
  readonly firstFailedAt: number | undefined
}

/**
 * The letters of one node: made of what failed there, sent to the consumer that keeps dead letters. The outcome of a
 * message waits until its letter is stored: a store that is full or gone keeps messages unacked, and the node from asking.
 */
export class LetterBox implements Origin {
  readonly name: string
  readonly idPrefix = 'letter-'
  readonly #writer: LetterWriter
  readonly #outlet: Outlet
  /** Whose outcome waits for a letter. */
  readonly #waiting = new Map<Message, Message>()
  #position = 0

  constructor(writer: LetterWriter) {
    this.name = writer.name
    this.#writer = writer
    this.#outlet = new Outlet(writer, 'broadcast')
  }

  /** Letters that are not stored yet. */
  get pending(): number {
    return this.#waiting.size
  }

  /** There is no room for more. */
  get isFull(): boolean {
    return this.#outlet.keptCount > 0
  }

  get branches(): Outlet['branches'] {
    return this.#outlet.branches
  }

  subscribe(edge: Edge): void {
    this.#outlet.subscribe(edge, { whenFull: 'block', queue: { messages: Infinity, bytes: Infinity } })
  }

  /** Keeps the story of what failed; the message that holds its outcome waits for that from now on. */
  send(failed: Failed): void {
    const { message } = failed
    const { scheduler } = this.#writer.host
    const envelope = new Envelope(new Group(this, scheduler.now), message.time)
    const letter = new Message(this.#write(failed), message.key, this.#position++, envelope, message.sizeBytes)
    kinOf(message).letters++
    this.#waiting.set(letter, message)
    this.#outlet.dispatch([letter])
  }

  /** Sends what waited for credit. */
  place(): void {
    this.#outlet.place()
  }

  mark(marker: Marker): void {
    this.#outlet.mark(marker)
  }

  abandon(): Message[] {
    return this.#outlet.abandon()
  }

  acked(messages: readonly Message[], from: number, to: number): void {
    for (let index = from; index < to; index++) this.#stored(messages[index]!, undefined)
  }

  /** A letter that could not be kept: its message fails back to who made it. */
  ended(letter: Message, verdict: Verdict): void {
    this.#stored(letter, verdict)
  }

  #stored(letter: Message, verdict: Verdict | undefined): void {
    const message = this.#waiting.get(letter)
    if (message === undefined) return
    this.#waiting.delete(letter)
    letterStored(message, verdict?.outcome === 'failed' ? verdict : undefined)
    this.#writer.wake() // One that ends waits for nothing else.
  }

  #write({ message, part, error, firstFailedAt }: Failed): Letter {
    const { host, name } = this.#writer
    const subject = part === undefined ? message : message.parts![part]!
    const { key, headers, time, priority, deadline } = subject
    const failedAt = host.scheduler.date
    return {
      id: `${subject.id}@${name}`,
      messageId: subject.id,
      pipeline: host.pipeline,
      node: name,
      data: part === undefined ? message.data : partData(message, part),
      key,
      headers,
      time,
      priority,
      deadline,
      original: host.originals?.of(subject),
      error: keep(asError(error)),
      attempts: message.attempt,
      firstFailedAt: firstFailedAt ?? failedAt,
      failedAt,
    }
  }
}

function partData({ data, parts }: Message, part: number): unknown {
  return Array.isArray(data) && data.length === parts!.length ? (data as unknown[])[part] : parts![part]!.data
}

/** What a later process can still show of an error. */
function keep(error: Error): KeptError {
  const causes: KeptError['causes'][number][] = []
  let { cause } = error
  while (isReadable(cause) && causes.length < MOST_CAUSES) {
    causes.push({ code: writtenCode(cause), message: cause.message })
    ;({ cause } = cause)
  }
  return { code: writtenCode(error), message: error.message, kind: kindOf(error), causes, stack: stackOf(error) }
}

/** A stack may throw when it is read, which is too dear to try for each error. */
function stackOf(error: Error): string | undefined {
  try {
    return typeof error.stack === 'string' ? error.stack : undefined
  } catch {
    return undefined
  }
}

function writtenCode({ code }: Error & { code?: unknown }): string | undefined {
  return typeof code === 'string' ? code : undefined
}
