import { Envelope, Group, Message, type Origin, type Verdict } from '../../src/core/message.ts'

/** Remembers what it is told of the messages that stand behind it. */
export class NotingOrigin implements Origin {
  readonly name = 'test'
  readonly idPrefix = ''
  readonly ackedMessages: Message[] = []
  readonly verdicts = new Map<Message, Verdict>()

  acked(messages: readonly Message[], from: number, to: number): void {
    this.ackedMessages.push(...messages.slice(from, to))
  }
  ended(message: Message, verdict: Verdict): void {
    this.verdicts.set(message, verdict)
  }
}

/** Messages of no graph, in one group. */
export function messagesOf(
  values: readonly unknown[],
  { origin = new NotingOrigin(), sizeBytes = 256 } = {},
): Message[] {
  const envelope = new Envelope(new Group(origin, 0), 0)
  return values.map((value, position) => new Message(value, undefined, position, envelope, sizeBytes))
}

/** The data of messages. */
export function dataOf(messages: readonly Message[]): unknown[] {
  return messages.map(({ data }) => data)
}
