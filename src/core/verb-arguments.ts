import { SluiceError } from './errors.ts'
import { Message } from './message.ts'

/** Where a message is expected: anything else, also a copy of one, has no outcome that could be told. */
export function messageOf(verb: string, given: unknown): Message {
  if (given instanceof Message) return given
  throw misused(verb, 'a message', given)
}

/** The messages that a verb was given, of which each is one: nothing is done with any if not all are. */
export function messagesOf(verb: string, given: unknown): readonly Message[] {
  if (!Array.isArray(given)) throw misused(verb, 'a list of messages', given)
  const list: readonly unknown[] = given
  for (let i = 0; i < list.length; i++) if (!(list[i] instanceof Message)) throw misused(verb, 'messages', list[i])
  return given as readonly Message[]
}

/** The same where a message may stand for a list of it. */
export function oneOrMore(verb: string, given: unknown): readonly Message[] {
  return given instanceof Message ? [given] : messagesOf(verb, given)
}

/** A message was given that is not the component's to give so. */
export function foreign(verb: string, expected: string): SluiceError {
  return new SluiceError('SLUICE_HANDLER_FOREIGN_MESSAGE', `a handler may ${verb} ${expected}`)
}

export function badReturn(expected: string, value: unknown): SluiceError {
  const found = value === null ? 'null' : typeof value
  return new SluiceError('SLUICE_HANDLER_BAD_RETURN', `a handler must return ${expected}, not ${found}`)
}

function misused(verb: string, expected: string, given: unknown): SluiceError {
  return new SluiceError('SLUICE_HANDLER_FOREIGN_MESSAGE', `\`${verb}\` takes ${expected}, not ${nameOf(given)}`)
}

function nameOf(given: unknown): string {
  if (given === undefined || given === null) return String(given)
  if (given instanceof Message) return 'a message'
  if (Array.isArray(given)) return 'a list'
  return typeof given === 'object'
    ? 'an object that is no message; `message.with(data)` changes one'
    : `a ${typeof given}`
}
