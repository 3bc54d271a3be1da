import { Envelope, FREE, type EnvelopeDetails, type Group, type Message } from './message.ts'
import type { StoredDetails, StoredMessage, StoredPart } from './overflow-store.ts'
import { Resent } from './resent.ts'

/** A message that an overflow has stored, and delivers. */
export class Stored extends Resent {
  /** Its place in the order of the overflow. */
  readonly number: number

  constructor(
    message: Pick<Message, 'id' | 'data' | 'key' | 'sizeBytes'>,
    envelope: Envelope,
    { number, parts }: { readonly number: number; readonly parts: readonly Message[] | undefined },
  ) {
    super(message, envelope, { parts, stamp: FREE })
    this.number = number
  }
}

/** The message as it goes on from memory, once it is stored: one of its own, whose outcome is told to the overflow. */
export function storedOf(message: Message, number: number, envelope: Envelope): Stored {
  const { parts } = message
  if (parts === undefined) return new Stored(message, envelope, { number, parts })
  const envelopes = new Envelopes(envelope.group)
  return new Stored(message, envelope, { number, parts: parts.map((part) => resentOf(part, envelopes)) })
}

/** A part, with its own parts if it is a batch, told to another group. */
function resentOf(part: Message, envelopes: Envelopes): Message {
  const envelope = envelopes.of(part.envelope)
  return new Resent(part, envelope, { stamp: FREE, parts: part.parts?.map((inner) => resentOf(inner, envelopes)) })
}

/** The same, read back. @param attempt 1 more than it failed since it was stored. */
export function storedFrom(stored: StoredMessage, envelope: Envelope): Stored {
  const { number, parts } = stored
  return new Stored(stored, envelope, { number, parts: parts && partsFrom(parts, stored, envelope) })
}

/** What `message` carries, told to another group. Messages that have it in common have it in common again. */
export class Envelopes {
  readonly #group: Group
  #source: Envelope | undefined
  #last: Envelope | undefined

  constructor(group: Group) {
    this.#group = group
  }

  of(source: Envelope): Envelope {
    if (source !== this.#source) {
      this.#source = source
      this.#last = this.from(source)
    }
    return this.#last!
  }

  from(details: EnvelopeDetails & Pick<Envelope, 'time'>): Envelope {
    return new Envelope(this.#group, details.time, details)
  }
}

function partsFrom(
  parts: readonly StoredPart[],
  { data, sizeBytes }: Pick<StoredMessage, 'data' | 'sizeBytes'>,
  batch: Envelope,
): Message[] {
  let details: StoredDetails | undefined
  let envelope = batch
  return parts.map((part, index) => {
    if (part.details !== details) envelope = part.details === undefined ? batch : envelopeOf(part.details, batch)
    details = part.details
    const value = 'data' in part ? part.data : (data as readonly unknown[])[index]
    const given = { id: part.id, key: part.key, data: value, sizeBytes: part.details?.sizeBytes ?? sizeBytes }
    return new Resent(given, envelope, { stamp: FREE, parts: part.parts && partsFrom(part.parts, given, envelope) })
  })
}

function envelopeOf({ attemptsAhead, ...details }: StoredDetails, batch: Envelope): Envelope {
  return new Envelopes(batch.group).from({ ...details, attempt: batch.attempt + attemptsAhead })
}

/** Of a message, or of anything in it. */
export function hasDeadline({ deadline, parts }: StoredMessage): boolean {
  return deadline !== undefined || hasPartDeadline(parts)
}

function hasPartDeadline(parts: StoredMessage['parts']): boolean {
  return parts?.some((part) => part.details?.deadline !== undefined || hasPartDeadline(part.parts)) ?? false
}
