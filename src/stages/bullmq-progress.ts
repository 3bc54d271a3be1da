import { z } from 'zod'
import { defineStage, type HandleStage, type OptionsOf } from '../core/component.ts'
import { configure, type ConfiguredStage } from '../core/configured.ts'
import type { Message } from '../core/message.ts'
import { componentError } from '../kit/component-errors.ts'
import { fieldsExpression } from '../kit/expression/schema.ts'
import { reportProgress } from '../redis/bullmq/progress.ts'

/** What BullMQ takes for a progress. */
type Progress = Parameters<typeof reportProgress>[1]

/**
 * Tells BullMQ how far the job of each message is, and lets the message pass: `bullmq-progress: "50"`, or
 * `bullmq-progress: { to: { step: "'parsed'", rows: data.rows.length } }`. Dashboards and `QueueEvents` show it.
 *
 * The job is the one that a `bullmq` producer of the same process has given as this message: children, batches and what an
 * overflow has stored stand for none, pass all the same, and are counted as `without_job`. A progress is only told: where
 * Redis is away, or the job is another worker's by now, that is counted as `progress_lost`, and nothing waits for it.
 *
 * Shape:  in any message, out the same message; order kept.
 * Demand: as any stage; the messages of a call are told together, one command each.
 * Acks:   as the message itself.
 * Errors: SLUICE_EXPRESSION_FAILED, and SLUICE_PROGRESS_INVALID for what is no number, text, boolean or object, fail the
 *         message.
 */
const definition = defineStage({
  name: 'bullmq-progress',
  summary: 'Tells BullMQ how far the job of a message is.',
  options: z.strictObject({
    to: fieldsExpression().describe(
      'The progress: an expression that gives a number, text, boolean or object, or an object of expressions.',
    ),
  }),
  short: 'to',
  io: true,
  create: ({ to }, { fail, metrics }): HandleStage => {
    const tell = async (message: Message): Promise<void> => {
      const told = await reportProgress(message, progressOf(to(message)))
      if (told !== true) metrics.add(told === false ? 'progress_lost' : 'without_job')
    }
    return {
      handle: async (messages) => {
        const outcomes = await Promise.allSettled(messages.map((message) => tell(message)))
        return messages.filter((message, index) => {
          const outcome = outcomes[index]!
          if (outcome.status === 'rejected') fail(message, outcome.reason)
          return outcome.status === 'fulfilled'
        })
      },
    }
  },
})
export default definition

/** Tells BullMQ how far the job of a message is: `bullmqProgress((message) => 50)`. */
export function bullmqProgress<T>(to: OptionsOf<typeof definition>['to']): ConfiguredStage<T, T> {
  return configure(definition, { to })
}

/** @throws SLUICE_PROGRESS_INVALID */
function progressOf(value: unknown): Progress {
  const isTold = ['number', 'string', 'boolean'].includes(typeof value) && !Number.isNaN(value)
  if (isTold || (typeof value === 'object' && value !== null)) return value as Progress
  throw componentError(
    'SLUICE_PROGRESS_INVALID',
    `a progress is a number, text, boolean or object, not ${String(value)}`,
  )
}
