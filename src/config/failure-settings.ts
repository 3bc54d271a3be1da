import { z } from 'zod'
import type { RetrySpec } from '../core/spec.ts'
import { share } from '../kit/share.ts'
import { printable, quote } from '../kit/text.ts'
import { duration } from '../kit/units.ts'

const wait = { min: '1ms', max: '1h' } as const

const backoff = z
  .strictObject({
    initial: duration(wait)
      .prefault('100ms')
      .describe('Longest wait before the second call; twice that before the next.'),
    max: duration(wait).prefault('10s').describe('Longest wait before any call.'),
  })
  .superRefine(({ initial, max }, context) => {
    if (initial <= max) return
    const message = `must not be longer than \`max\`, which is ${max} ms; got ${initial} ms`
    context.addIssue({ code: 'custom', path: ['initial'], message })
  })

const retryDetails = z.strictObject({
  attempts: z.int().min(1).max(1_000).default(5).describe('Calls that are made with a message, the first included.'),
  backoff: backoff
    .optional()
    .describe(
      'How long is waited between calls: a random time, at most twice as long each time; 100ms to 10s by default.',
    ),
  budget: share().optional().describe('Retries are at most this share of the calls, as 10% or 0.1; 10% by default.'),
})

const retry = z
  .union([z.int().min(1).max(1_000), retryDetails])
  .transform((value): RetrySpec => {
    if (typeof value === 'number') return { attempts: value }
    const { attempts, backoff: waits, budget } = value
    return {
      attempts,
      ...(waits === undefined ? {} : { backoff: { initialMs: waits.initial, maxMs: waits.max } }),
      ...(budget === undefined ? {} : { budget }),
    }
  })
  .describe(
    'How a message that failed by itself is tried again: a count of calls, the first included, or `{ attempts, backoff, budget }`. Leave it out for one call and no retry, the default.',
  )

/** What becomes of failures (A3, D12, D23): settings of nodes. */
export const failureSettings = {
  onFailure: z
    .enum(['origin', 'dead-letter', 'drop', 'stop'])
    .optional()
    .describe(
      'What becomes of a message that failed: kept as a dead letter (the default where the pipeline has `deadLetters`), given back to where it came from (the default elsewhere), counted and forgotten, or the end of the pipeline.',
    ),
  retry: retry.optional(),
  giveUpAfter: duration({ min: '1ms', max: '30d' })
    .optional()
    .describe(
      'How long a call is tried again that fails because of the place; then `onFailure` decides. Leave it out to try for ever, the default: an outage makes no dead letters.',
    ),
  maxParked: z
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .describe('With `order: key`, messages that wait behind retried ones of their keys; 1,000 by default.'),
  whenExpired: z
    .enum(['drop', 'dead-letter'])
    .optional()
    .describe(
      'What becomes of a message whose deadline has passed before a call was spent on it: counted and forgotten (the default), or kept as a dead letter.',
    ),
}

/** Those of them that producers don't have, and `onFailure`. */
export const FAILURE_SETTINGS = ['retry', 'giveUpAfter', 'onFailure', 'maxParked', 'whenExpired'] as const

/** What of the pipeline's `deadLetters` isn't a component, and no setting of its node. */
export const keepSetting = {
  keep: z
    .enum(['entered', 'original'])
    .default('entered')
    .describe(
      'What is kept of a message: it as it entered the node that failed it, or what came in at its producer as well.',
    ),
}

/** What was probably meant by a text: a file, or what `true` means. */
function meantByText({ input }: { readonly input?: unknown }): string | undefined {
  if (typeof input !== 'string') return undefined
  if (/[./\\]/.test(input))
    return `${quote(input)} is a text: for a file write \`{ file: { path: ${printable(input)} } }\``
  return /^(letters|yes|on|y)$/i.test(input) ? `${quote(input)} is a text: write \`true\`` : undefined
}

export const deadLetters = z
  .union([z.boolean(), z.looseObject(keepSetting)], { error: meantByText })
  .describe(
    'Where messages go that failed for good: `true` for the store that comes with Sluice, or a consumer, as `{ file: { path: dead.ndjson } }`, with `keep` and settings beside it.',
  )

/** What a pipeline does about nodes that fail outside of a call (D14). */
export const supervisionSettings = {
  restarts: z
    .strictObject({
      most: z.int().min(0).max(1_000).default(3).describe('Restarts of one node that are let pass.'),
      within: duration({ min: '1ms', max: '1d' }).prefault('5s').describe('The time in which they are counted.'),
    })
    .optional()
    .describe('How often a node may start again before the pipeline fails; 3 times within 5s by default.'),
  onPipelineFailure: z
    .enum(['restart', 'stop', 'exit'])
    .default('stop')
    .describe(
      'What happens when the pipeline fails as a whole: it starts again, it stays down while others run (the process ends when none does), or the process ends.',
    ),
}
