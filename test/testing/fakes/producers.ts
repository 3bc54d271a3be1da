import type { ProducerContext } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import { producer, type Fake } from './fake.ts'

const counting = (context: ProducerContext, most = 20): { next(count: number): Message[] } => {
  let made = 0
  return {
    next: (count) => {
      const messages = Array.from({ length: Math.min(count, most - made) }, () => context.message(made++))
      if (made === most) context.end()
      return messages
    },
  }
}

export const PRODUCER_FAKES: readonly Fake[] = [
  {
    fault: 'has nothing to give',
    breaks: 'gives something when it is asked, and does not fail',
    make: () => producer(() => ({ handleDemand: () => [] })),
  },
  {
    fault: 'gives one more than it is asked for',
    breaks: 'gives no more than it is asked for, also over many small asks',
    make: () => producer((context) => ({ handleDemand: (count) => counting(context, 1_000).next(count + 1) })),
  },
  {
    fault: 'ends twice',
    breaks: 'ends once, and gives nothing after its end',
    make: () =>
      producer((context) => ({
        handleDemand: (count) => {
          context.end()
          context.end()
          return counting(context, 1_000_000).next(count)
        },
      })),
  },
  {
    fault: 'gives the same position to all',
    breaks: 'gives each message once, by an id of its own',
    make: () =>
      producer(({ message }) => ({
        handleDemand: (count) => Array.from({ length: count }, () => message(1, { position: 'here' })),
      })),
  },
  {
    fault: 'throws at a bad outcome',
    breaks: 'takes outcomes, good and bad',
    make: () =>
      producer((context) => ({
        handleDemand: counting(context).next,
        settle: (_acked, failed) => {
          if (failed.length > 0) throw new Error('that was not expected')
        },
      })),
  },
  {
    fault: 'waits for more whatever happens',
    breaks: 'stops waiting when it is stopped',
    make: () =>
      producer((context) => {
        const { next } = counting(context, 1_000_000)
        let hasGiven = false
        return {
          handleDemand: (count) => {
            if (hasGiven) return new Promise<Message[]>(() => {})
            hasGiven = true
            return next(Math.min(count, 5))
          },
        }
      }),
  },
]
