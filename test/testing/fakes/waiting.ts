import type { CallInfo, WorkerContext } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import { holding, numberOf, stage, type Fake, type Sample } from './fake.ts'

export const DEMAND_FAKES: readonly Fake[] = [
  {
    fault: 'drops what comes at once',
    breaks: 'gives the same for many small asks as for a large one, and never more than was asked for',
    make: () =>
      stage(({ drop }) => ({
        handle: (messages) => {
          // A fifth one is too much for it where it does not come alone.
          const [fifth] = messages.filter((message) => numberOf(message) === 5)
          if (fifth !== undefined && messages.length > 1) drop(fifth, 'too-many')
          return messages.filter((message) => message !== fifth || messages.length === 1)
        },
      })),
  },
  {
    fault: 'keeps what it holds at a flush',
    breaks: 'gives everything that it holds when it is flushed, and half of it under pressure',
    make: () => holding(() => ({ flush: () => [] })),
  },
  {
    fault: 'gives too little under pressure',
    breaks: 'gives everything that it holds when it is flushed, and half of it under pressure',
    make: () =>
      holding((_context, open) => ({
        flush: (reason: string) => open.splice(0, reason === 'pressure' ? 1 : Infinity),
      })),
  },
]

const pause = ({ clock }: WorkerContext, ms: number): Promise<void> =>
  new Promise((resolve) => void clock.after(ms, resolve))

export const WAITING_FAKES: readonly Fake[] = [
  {
    fault: 'never comes back, unless it is told to',
    breaks: 'comes back from each call',
    make: () =>
      stage(() => ({
        map: (_data: unknown, _message: Message, { signal }: CallInfo) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('it was aborted')))
          }),
      })),
  },
  {
    fault: 'does not listen while it waits',
    breaks: 'heeds the signal of a call that waits',
    make: () => stage((context) => ({ map: ({ n }: Sample) => pause(context, 100).then(() => n) })),
  },
  {
    fault: 'fails what has been given up, in a listener',
    breaks: 'does no harm by what comes late, and goes on',
    make: () =>
      stage((context) => ({
        map: ({ n }: Sample, message: Message, { signal }: CallInfo) =>
          new Promise((resolve, reject) => {
            void pause(context, 100).then(() => resolve(n))
            signal.addEventListener('abort', () => {
              reject(new Error('it was aborted'))
              setImmediate(() => context.fail(message, new Error('it was aborted')))
            })
          }),
      })),
  },
]
