import { SluiceError } from './errors.ts'
import { keyFrom } from './key.ts'
import type { Ledger } from './ledger.ts'
import { FREE, FRESH, Message, type Envelope, type Origin, type Verdict } from './message.ts'
import { ADMIT, type Tape } from './recorder.ts'
import { settle } from './settle.ts'

/** What admission needs of its producer. */
export interface Admitting extends Origin {
  readonly ledger: Ledger
  readonly tape: Tape
  fail(message: Message, error: unknown): void
}

/**
 * Lets messages in: from now on they are counted until they have an outcome (A1, D21, D22). Gives them the keys that
 * the producer's `key` sets; one that throws fails its message (A10).
 *
 * @param messages stay the array that is given back, unless some have failed.
 * @throws SLUICE_HANDLER_FOREIGN_MESSAGE if one of them isn't a new message of this producer; then none is let in.
 */
export function admit(
  producer: Admitting,
  messages: Message[],
  key: ((message: Message) => unknown) | undefined,
): Message[] {
  const { length } = messages
  let end = 0
  while (end < length) {
    const start = end
    const first: unknown = messages[start]
    if (!(first instanceof Message) || first.envelope.group.origin !== producer)
      throw foreign(producer, messages, start)
    mark(messages, start, first.envelope)
    end = marked.end
    if (end === start) throw foreign(producer, messages, start)
    producer.ledger.admit(first.envelope.group, end - start, marked.bytes)
    producer.tape.note(ADMIT, end - start)
  }
  return key === undefined ? messages : messages.filter((message) => setKey(producer, message, key))
}

/** What was marked last: where they end, and what they are charged with. One object for all, since nobody keeps it. */
const marked = { end: 0, bytes: 0 }

/** Marks messages of one envelope as admitted, from `start` on; a loop of its own, for speed. */
function mark(messages: readonly (Message | undefined)[], start: number, envelope: Envelope): void {
  let end = start
  let bytes = 0
  for (; end < messages.length; end++) {
    const message = messages[end]
    if (message?.envelope !== envelope || message.stamp !== FRESH) break
    message.stamp = FREE
    bytes += message.sizeBytes
  }
  marked.end = end
  marked.bytes = bytes
}

/** What was counted before the foreign message is let go as failed. */
function foreign(producer: Admitting, messages: readonly Message[], counted: number): SluiceError {
  const text = 'a producer gives messages that its own `message` has made, each once'
  const error = new SluiceError('SLUICE_HANDLER_FOREIGN_MESSAGE', text)
  for (let i = 0; i < counted; i++) producer.fail(messages[i]!, error)
  return error
}

function setKey(producer: Admitting, message: Message, key: (message: Message) => unknown): boolean {
  try {
    message.key = keyFrom(key(message)) ?? message.key
    return true
  } catch (error) {
    producer.fail(message, error)
    return false
  }
}

/** Fails messages that were let in and are not given out. */
export function refuse(producer: Pick<Admitting, 'fail'>, messages: readonly Message[], error: unknown): void {
  for (const message of messages) producer.fail(message, error)
}

/** What the policy of a producer's own queue drops is acked, and whoever gave it is told why. */
export function shed({ name, counters }: Shedding, messages: readonly Message[]): void {
  if (messages.length > 0) counters.drop('queue-full', messages.length)
  const verdict: Verdict = { outcome: 'acked', reason: 'queue-full', error: undefined, node: name }
  for (const message of messages) settle(message, verdict)
}

interface Shedding {
  readonly name: string
  readonly counters: { drop(reason: string, count: number): void }
}
