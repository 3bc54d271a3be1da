import type { Message } from '../../../src/core/message.ts'
import { defineConsumer } from '../../../src/core/component.ts'
import { holding, numberOf, PLAIN, stage, VALUES, type Fake, type Sample } from './fake.ts'

function throwText(): never {
  // oxlint-disable-next-line typescript/only-throw-error -- that is what this fake does wrong
  throw 'just a text'
}

export const MESSAGE_FAKES: readonly Fake[] = [
  {
    fault: 'throws at a message that it should take',
    breaks: 'takes its samples: each is acked, or dropped on purpose',
    make: () =>
      stage(() => ({
        map: ({ n }: Sample) => {
          if (n === 3) throw new Error('no threes')
          return n
        },
      })),
  },
  {
    fault: 'loses a message on the way',
    breaks: 'forgets no message',
    make: () => stage(() => ({ handle: (messages) => messages.filter((message) => numberOf(message) !== 3) })),
  },
  {
    fault: 'gives a message twice',
    breaks: 'decides over each message once',
    make: () => stage(() => ({ handle: (messages) => [...messages, messages[0]!] })),
  },
  {
    fault: 'drops a message and gives it as well',
    breaks: 'decides over each message once',
    make: () =>
      stage(({ drop }) => ({
        handle: (messages) => {
          for (const message of messages) drop(message, 'stale')
          return messages
        },
      })),
  },
  {
    fault: 'gives data where messages are due',
    breaks: 'gives what its shape promises',
    make: () => stage(() => ({ handle: (messages) => messages.map(({ data }) => data) })),
  },
  {
    fault: 'throws a text',
    breaks: 'throws errors and nothing else',
    make: () => stage(() => ({ map: (data: Sample | null) => (typeof data?.n === 'number' ? data.n : throwText()) })),
  },
  {
    fault: 'sorts a list that it was given',
    breaks: 'changes nothing that it is given',
    make: () => stage(() => ({ map: (data: Sample) => (data.tags.push('seen'), data.n) })),
  },
  {
    fault: 'writes to the message',
    breaks: 'changes nothing that it is given',
    make: () =>
      stage(() => ({
        handle: (messages: readonly Message[]) => {
          for (const message of messages) message.data = { ...(message.data as object) }
          return messages
        },
      })),
  },
  {
    fault: 'is broken for good by one bad message',
    breaks: 'lets malformed data fail its own message, and no other',
    make: () => {
      let isBroken = false
      return stage(() => ({
        open: () => void (isBroken = false),
        map: (data: Sample | null | undefined) => {
          isBroken ||= typeof data?.n !== 'number'
          if (isBroken) throw new Error('it is broken')
          return data!.n
        },
      }))
    },
  },
  {
    fault: 'takes what it says it refuses',
    breaks: 'lets malformed data fail its own message, and no other',
    samples: { values: VALUES, malformed: ['nonsense'] },
    make: () => stage(() => ({ map: (data: unknown) => data })),
  },
  {
    fault: 'makes batches that are larger than it says',
    breaks: 'gives no batch that is larger than it declares',
    make: () =>
      holding(
        ({ join, hold }) => ({
          handle: (messages: readonly Message<never>[]) => {
            hold(messages)
            return [join(messages)]
          },
        }),
        { parts: () => 2 },
      ),
  },
]

export const CONSUMER_FAKES: readonly Fake[] = [
  {
    fault: 'a consumer that never confirms',
    breaks: 'gives everything that it holds when it is flushed, and half of it under pressure',
    make: () =>
      defineConsumer({
        ...PLAIN,
        holds: true,
        create: (_options, { hold }) => ({ handle: (messages) => hold(messages) }),
      }),
  },
  {
    fault: 'a consumer that acks what it has failed',
    breaks: 'decides over each message once',
    make: () =>
      defineConsumer({
        ...PLAIN,
        holds: true,
        create: (_options, { hold, ack }) => ({
          handle: (messages) => {
            hold(messages)
            ack(messages)
            ack(messages)
          },
        }),
      }),
  },
]
