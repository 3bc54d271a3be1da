import { z } from 'zod'
import {
  defineProducer,
  defineStage,
  type ProducerContext,
  type ProducerHandlers,
  type StageContext,
  type StageHandlers,
} from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import type { Samples, Testable } from '../../../src/testing/index.ts'

/** A component that breaks one rule, and keeps to all others. */
export interface Fake {
  /** What it does wrong. */
  readonly fault: string
  /** The claim of the check that finds it. */
  readonly breaks: string
  readonly make: () => Testable
  readonly samples?: Samples
}

export interface Sample {
  readonly n: number
  readonly tags: string[]
}

export const VALUES: readonly Sample[] = [1, 2, 3, 4, 5].map((n) => ({ n, tags: ['a'] }))

const NONE = z.strictObject({})
export const PLAIN = { name: 'fake', summary: 'Does one thing wrong.', options: NONE }

export const stage = (create: (context: StageContext) => StageHandlers, more: object = {}): Testable =>
  defineStage({ ...PLAIN, ...more, create: (_options, context) => create(context) })

export const producer = (create: (context: ProducerContext) => ProducerHandlers, more: object = {}): Testable =>
  defineProducer({ ...PLAIN, ...more, create: (_options, context) => create(context) })

/** A holding stage around an array of what it holds. */
export const holding = (
  create: (context: StageContext, open: Message[]) => Partial<StageHandlers> & object,
  more: object = {},
): Testable =>
  stage(
    (context) => {
      const open: Message[] = []
      const handlers = {
        handle: (messages: readonly Message<never>[]) => {
          context.hold(messages)
          open.push(...messages)
          return []
        },
        flush: () => open.splice(0),
      }
      return { ...handlers, ...create(context, open) }
    },
    { holds: true, ...more },
  )

export const numberOf = ({ data }: Message): number | undefined => (data as Partial<Sample> | null | undefined)?.n
