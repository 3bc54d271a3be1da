import { Envelope, Group, Message } from '../../../src/core/message.ts'

const ORIGIN = { name: 'test', idPrefix: 'run-', acked: () => undefined, ended: () => undefined }

/** A message with everything that an expression can see. */
export function messageOf(data: unknown, key?: string): Message {
  const details = { headers: { 'content-type': 'application/json', kind: 'payment' }, priority: 7, attempt: 2 }
  return new Message(data, key, 12, new Envelope(new Group(ORIGIN, 0), 1_700_000_000_000, details))
}

/** The same value, frozen through and through. */
export function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFrozen)
    Object.freeze(value)
  }
  return value
}
