import type { MessageDetails } from './component.ts'
import { SluiceError } from './errors.ts'
import { Envelope, FRESH, Group, Message, type Origin } from './message.ts'
import type { Host } from './node.ts'
import type { Originals } from './originals.ts'
import { Resent } from './resent.ts'
import type { Scheduler } from './scheduler.ts'

/** Heap bytes per byte on the wire (D22). */
export const HEAP_PER_WIRE_BYTE = 2

/**
 * Makes the messages of a producer. Those of one slice, or made between two emissions, share a group and whatever they
 * don't say themselves.
 */
export class Mint {
  readonly #origin: Origin
  readonly #scheduler: Scheduler
  #position = 0
  /** Of what says nothing of itself. */
  #shared: Envelope | undefined
  /** Of the last message that did: the next one says the same, likely. */
  #last: Envelope | undefined
  /** Those checked last: messages of one body have them in common. */
  #headers: Readonly<Record<string, string>> | undefined
  /** In which the shared envelope was made. */
  #slice = 0

  readonly #deadlines: { isUsed: boolean }
  readonly #originals: Originals | undefined

  constructor(origin: Origin, host: Pick<Host, 'scheduler' | 'deadlines' | 'originals'>) {
    this.#origin = origin
    this.#scheduler = host.scheduler
    this.#deadlines = host.deadlines
    this.#originals = host.originals
  }

  /** A function of its own, for a component to call once per message. */
  readonly message = <T>(data: T, details?: MessageDetails): Message<T> => {
    const message = this.#make(data, details)
    message.stamp = FRESH
    this.#originals?.keep(message, details?.original ?? data)
    return message
  }

  /** Something was emitted: what is made in later slices belongs to another group. */
  close(): void {
    if (this.#slice !== this.#scheduler.slices) this.#shared = undefined
  }

  #make<T>(data: T, details?: MessageDetails): Message<T> {
    const shared = (this.#shared ??= this.#open())
    if (details === undefined) return new Message(data, undefined, this.#position++, shared)
    if (typeof details !== 'object' || details === null) throw invalid('its details are an object', details)
    const { wireBytes, sizeBytes = wireBytes === undefined ? undefined : HEAP_PER_WIRE_BYTE * wireBytes } = details
    check(details, sizeBytes)
    const envelope = this.#envelopeOf(details, shared)
    const { id, key } = details
    if (id !== undefined) return new Resent({ id, data, key, sizeBytes }, envelope) as Message as Message<T>
    return new Message(data, key, details.position ?? this.#position++, envelope, sizeBytes)
  }

  #envelopeOf(details: MessageDetails, { group, time: arrival }: Envelope): Envelope {
    const { headers, time = arrival, deadline } = details
    if (headers !== undefined && headers !== this.#headers) this.#headers = checkedHeaders(headers)
    if (deadline !== undefined) this.#deadlines.isUsed = true
    if (this.#last?.group !== group || !this.#last.says(time, details)) this.#last = new Envelope(group, time, details)
    return this.#last
  }

  #open(): Envelope {
    this.#slice = this.#scheduler.slices
    return new Envelope(new Group(this.#origin, this.#scheduler.now), this.#scheduler.date)
  }
}

/**
 * A size that is none would switch every limit of bytes off for good, a key of another type order, and a number as a
 * position would make the id of another message, which was counted.
 */
function check(details: MessageDetails, sizeBytes = 0): void {
  const { position, id, priority = 4, key, time = 0, deadline = 0, attempt = 1 } = details
  if (position !== undefined && (typeof position !== 'string' || position === ''))
    throw invalid('its position is a text', position)
  if (id !== undefined && (typeof id !== 'string' || id === '')) throw invalid('its id is a text', id)
  if (!Number.isSafeInteger(attempt) || attempt < 1) throw invalid('its attempt is a count from 1 on', attempt)
  if (!Number.isFinite(sizeBytes) || sizeBytes < 0) throw invalid('its size is a number of bytes', sizeBytes)
  if (key !== undefined && typeof key !== 'string') throw invalid('its key is a string', key)
  if (!Number.isInteger(priority) || priority < 0 || priority > 9)
    throw invalid('its priority is an integer from 0 to 9', priority)
  if (!Number.isFinite(time)) throw invalid('its time is in ms since 1970', time)
  if (!Number.isFinite(deadline)) throw invalid('its deadline is in ms since 1970', deadline)
}

function checkedHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    throw invalid('its headers are an object of texts', headers)
  for (const [name, value] of Object.entries(headers))
    if (typeof value !== 'string') throw invalid(`its header ${JSON.stringify(name.slice(0, 40))} is a text`, value)
  return headers
}

function invalid(rule: string, value: unknown): SluiceError {
  const found = typeof value === 'number' ? String(value) : describe(value)
  return new SluiceError('SLUICE_MESSAGE_INVALID', `a message can't be made so: ${rule}, not ${found}`)
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (value === '') return 'an empty one'
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`
}

/** A short text that nobody else has, in all likelihood, for what counts anew at each start: 48 bits of chance. */
export function randomToken(random: () => number): string {
  return Math.floor(random() * 2 ** 48).toString(36)
}
