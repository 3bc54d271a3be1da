import { hostname } from 'node:os'
import { z } from 'zod'
import { duration } from '../../kit/units.ts'
import { redisOptions } from '../options.ts'

const LONGEST_NAME = 200
/** For which a member says that it is there, at most. */
export const LONGEST_TTL_MS = 600_000

const redis = redisOptions
  .safeExtend({
    prefix: z
      .string()
      .min(1)
      .max(LONGEST_NAME)
      .default('sluice')
      .describe('What all keys begin with; keeps installations apart that share a server.'),
  })
  .describe('How to reach Redis.')

const name = z.string().min(1).max(LONGEST_NAME)

/** The group of a pipeline, as it stands in config. */
export const pipelineGroup = z
  .strictObject({
    redis,
    name: name.optional().describe('The name of the group; that of the pipeline by default.'),
    member: name
      .optional()
      .describe(
        'Under which name this process is in the group: another one for each process, and the same whenever it starts. The name of the host by default; in a group that is not called as the pipeline, with the name of that behind it.',
      ),
  })
  .describe(
    'The daemons that run this pipeline, joined by Redis, so that `sluice pause --all` and `sluice resume --all` act on each of them.',
  )

/** What `joinGroup` takes, beside functions. */
export const groupOptions = z.strictObject({
  name,
  redis: redis.prefault({}),
  member: name.optional(),
  delivery: z.enum(['at-least-once', 'at-most-once']).default('at-least-once'),
  ttl: duration({ min: '300ms', max: LONGEST_TTL_MS }).prefault('15s'),
  timeout: duration({ min: '50ms', max: '10m' }).prefault('5s'),
  maxLength: z.int().min(1).max(1_000_000).default(10_000),
})

/** The name of this process where it has been given none. */
export const memberHere = (): string => hostname()

export type PipelineGroupSettings = z.output<typeof pipelineGroup>
/** The same as they are written. */
export type PipelineGroupInput = z.input<typeof pipelineGroup>

export type GroupOptions = z.output<typeof groupOptions>
/** The same as they are written. */
export type GroupInput = z.input<typeof groupOptions>
