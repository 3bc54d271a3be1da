import { isDeepStrictEqual } from 'node:util'
import { Envelope, Group, Message, kinOf } from '../../../src/core/message.ts'
import type { StoredMessage } from '../../../src/core/overflow-store.ts'

const group = (name: string): Group => new Group({ name, idPrefix: 'k3j4x2a9-', acked() {}, ended() {} }, 0)
const INGRESS = group('ingress')

export interface Details {
  readonly producer?: string
  readonly key?: string | undefined
  readonly position?: number | string
  readonly time?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly priority?: number
  readonly deadline?: number | undefined
  readonly attempt?: number
  readonly sizeBytes?: number
}

export function message(data: unknown, details: Details = {}): Message {
  const { producer, key, position = 1, time = 1_700_000_000_000, sizeBytes, ...rest } = details
  const envelope = new Envelope(producer === undefined ? INGRESS : group(producer), time, rest)
  return new Message(data, key, position, envelope, sizeBytes)
}

/** A batch of messages, with this data; as large as they are together, as the kernel makes it. */
export function batch(parts: readonly Message[], data: unknown = parts.map((part) => part.data)): Message {
  const whole = message(data, { sizeBytes: parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) })
  kinOf(whole).parts = parts
  return whole
}

/** Messages as the documents of users are: 245 bytes of JSON each, no headers, counted ids. */
export function payments(count: number, first = 0): Message[] {
  return Array.from({ length: count }, (_, index) => {
    const number = first + index
    const data = {
      id: number,
      merchant: `merchant ${number % 97}`,
      amount: (number * 7) / 4,
      currency: 'EUR',
      reference: (Math.imul(number, 0x9e37_79b1) >>> 0).toString(16).padStart(8, '0').repeat(4),
      isPaid: number % 3 === 0,
      note: '',
    }
    const note = 'n'.repeat(245 - JSON.stringify(data).length)
    const sizeBytes = 490
    return message(
      { ...data, note },
      { position: 100_000 + number, time: 1_700_000_000_000 + (number >> 2), sizeBytes },
    )
  })
}

/** What is to be kept of a message. */
export function keptOf(given: Message, number: number, storedAt: number): StoredMessage {
  const { id, data, key, headers, time, priority, deadline, attempt, sizeBytes } = given
  return {
    number,
    id,
    data,
    key,
    headers,
    time,
    priority,
    deadline,
    attempt,
    sizeBytes,
    storedAt,
    parts: keptParts(given),
  }
}

function keptParts(given: Message): StoredMessage['parts'] {
  const { data, parts } = given
  const isInBatch = Array.isArray(data) && data.length === parts?.length
  return parts?.map((part) => ({
    id: part.id,
    ...(part.key === undefined ? {} : { key: part.key }),
    ...(isInBatch || part.data === undefined ? {} : { data: part.data }),
    ...(parts.every((one) => isDeepStrictEqual(detailsOf(one, given), detailsOf(given, given)))
      ? {}
      : { details: detailsOf(part, given) }),
    ...(part.parts === undefined ? {} : { parts: keptParts(part) }),
  }))
}

function detailsOf({ headers, time, priority, deadline, attempt, sizeBytes }: Message, batched: Message) {
  return { headers, time, priority, deadline, attemptsAhead: attempt - batched.attempt, sizeBytes }
}
