import type { KeepJobs } from 'bullmq'
import { z } from 'zod'
import { expression } from '../../kit/expression/schema.ts'
import { duration } from '../../kit/units.ts'
import { hashTagOf } from '../hash-tag.ts'
import { redisOptions } from '../options.ts'

/** What says which queue it is, and how to reach it: beside each other, as other components on Redis have them. */
export const bullQueueOptions = redisOptions.safeExtend({
  queue: z
    .string()
    .min(1)
    .max(200)
    .refine((queue) => !queue.includes(':'), { error: 'the name of a queue has no ":" in it' })
    .describe('Name of the queue. In a cluster write it in braces, as `{orders}`, or so the `prefix`.'),
  prefix: z
    .string()
    .min(1)
    .max(200)
    .default('bull')
    .describe('What all keys begin with; the same for all that use the queue.'),
})

export type BullQueueOptions = z.output<typeof bullQueueOptions>

/** A script of BullMQ has keys of the whole queue, which must be in one slot of a cluster. */
function checkSlots(
  { cluster, prefix, queue }: z.output<typeof bullQueueOptions>,
  issues: z.RefinementCtx,
  parent?: string,
): void {
  if (cluster === undefined) return
  const tag = hashTagOf(`${prefix}:${queue}`)
  if (tag === undefined) {
    const message = `in a cluster all keys of a queue must be in one slot: write "{${queue}}", or \`prefix: '{${prefix}}'\`; the same for all that use the queue`
    issues.addIssue({ code: 'custom', path: ['queue'], message })
  } else if (parent !== undefined && hashTagOf(`${prefix}:${parent}`) !== tag) {
    const message = `in a cluster a parent must be in the same slot as its children: have "{${tag}}" in the name of its queue, or in the \`prefix\``
    issues.addIssue({ code: 'custom', path: ['job', 'parent', 'queue'], message })
  }
}

const LONGEST_AGE = '365d'

/** Which finished jobs a queue keeps. */
const kept = z
  .strictObject({
    count: z.int().min(0).max(10_000_000).optional().describe('Most jobs that are kept, the newest.'),
    age: duration({ min: '1s', max: LONGEST_AGE }).optional().describe('For how long a job is kept.'),
  })
  .refine(({ count, age }) => count !== undefined || age !== undefined, { error: 'give `count`, `age` or both' })

/** Finished jobs to keep, as a node and as a job have them. */
const keepOptions = {
  removeOnComplete: kept.optional().describe('Which completed jobs stay in the queue; all, where nothing is said.'),
  removeOnFail: kept.optional().describe('Which failed jobs stay in the queue; all, where nothing is said.'),
}

/** The same as BullMQ takes it: an age in seconds. */
export function keepJobs(given: z.output<typeof kept> | undefined): KeepJobs | undefined {
  if (given === undefined) return undefined
  const { count, age } = given
  if (age === undefined) return { count: count! }
  return { age: Math.ceil(age / 1000), ...(count !== undefined && { count }) }
}

/** Options of the producer. */
export const bullSourceOptions = bullQueueOptions
  .safeExtend({
    fetchers: z
      .int()
      .min(1)
      .max(1000)
      .default(64)
      .describe('Most jobs that are fetched at the same time; one command fetches one job.'),
    lockDuration: duration({ min: '500ms', max: '1h' })
      .prefault('30s')
      .describe(
        'For how long a job is locked without a word from here; locks are renewed three times as often. After a crash another worker gets its jobs about so much later.',
      ),
    stalledInterval: duration({ min: '500ms', max: '1h' })
      .prefault('30s')
      .describe('How often to look for jobs whose worker has died; the first of all workers to look counts.'),
    maxStalledCount: z
      .int()
      .min(0)
      .max(1000)
      .default(1)
      .describe('How often a job may lose its worker; once more, and it has failed.'),
    limiter: z
      .strictObject({
        max: z.int().min(1).max(10_000_000).describe('Most jobs within `duration`.'),
        duration: duration({ min: '1ms', max: '1d' }).describe('The time for which they count.'),
      })
      .optional()
      .describe(
        'Rate limit of the queue, the same for all its workers; one that the queue has by itself is kept to anyway.',
      ),
    ...keepOptions,
  })
  .superRefine((options, issues) => checkSlots(options, issues))

export type BullSourceOptions = z.output<typeof bullSourceOptions>

const jobOptions = z.strictObject({
  name: expression().optional().describe('Name of the job: an expression that gives a text; `message` by default.'),
  id: expression()
    .optional()
    .describe(
      'What tells a job from others: one whose id the queue has already isn’t added. An expression that gives a text without ":" that is no integer; nothing lets the queue count. By default that of the message, so that a message that is sent again isn’t added twice.',
    ),
  delay: expression()
    .optional()
    .describe('How long the job waits until it is there to be handled: an expression that gives ms.'),
  priority: expression()
    .optional()
    .describe('0, which is before all others, to 2,097,151, the last: an expression that gives a number.'),
  attempts: expression()
    .optional()
    .describe('How often the job is tried, the first time included: an expression that gives a number.'),
  backoff: z
    .strictObject({
      type: z.enum(['fixed', 'exponential']).default('exponential').describe('How the pause grows.'),
      delay: duration({ min: '1ms', max: LONGEST_AGE }).describe('The first pause between two attempts.'),
      jitter: z.number().min(0).max(1).default(0).describe('The share of the pause that chance takes away.'),
    })
    .optional()
    .describe('The pause between attempts; none, where nothing is said.'),
  parent: z
    .strictObject({
      id: expression().describe('The id of the parent: an expression; where it gives nothing the job has none.'),
      queue: bullQueueOptions.shape.queue.describe('Name of the queue of the parent, with the same prefix.'),
      whenFailed: z
        .enum(['wait', 'fail', 'ignore'])
        .default('wait')
        .describe(
          'What becomes of the parent where this job fails for good: it waits until somebody retries the job, it fails as well, or it goes on without it.',
        ),
    })
    .optional()
    .describe(
      'Of a flow: the job that waits for this one, as a `FlowProducer` has made it, or a worker that lets it wait.',
    ),
  ...keepOptions,
})

export type JobOptions = z.output<typeof jobOptions>

/** Options of the consumer. */
export const bullSinkOptions = bullQueueOptions
  .safeExtend({
    job: jobOptions.prefault({}).describe('What the jobs are like; expressions see the message.'),
  })
  .superRefine((options, issues) => checkSlots(options, issues, options.job.parent?.queue))

export type BullSinkOptions = z.output<typeof bullSinkOptions>
