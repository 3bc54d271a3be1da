import { z } from 'zod'
import { EVENTS } from '../../core/recorder.ts'
import { RECORDING_VERSION } from '../../core/recording.ts'
import { testingError } from '../errors.ts'

const count = z.int().min(0)
const flag = z.boolean()

const figures = z.object({
  credit: z.int(),
  asked: z.int(),
  dispatched: count,
  queued: count,
  underWay: z.int(),
  returning: z.int(),
  surplus: z.int(),
  step: z.int(),
  marks: z.array(count),
  isPaused: flag,
  isCancelled: flag,
})

/** As much of a recording as replaying needs. */
const schema = z.object({
  version: z.literal(RECORDING_VERSION),
  pipeline: z.string(),
  reason: z.string(),
  at: z.number(),
  state: z.string(),
  nodes: z.array(z.object({ number: count, name: z.string() })),
  edges: z.array(
    z.object({
      number: count,
      from: z.string(),
      to: z.string(),
      window: z.object({ max: count, min: count }),
      now: figures,
    }),
  ),
  events: z.array(z.object({ agoMs: count, subject: count, event: z.enum(EVENTS), count: z.int(), more: z.int() })),
})

export type ReadRecording = z.output<typeof schema>

/** @throws SLUICE_TESTING_RECORDING unless it is a recording of this version. */
export function checkRecording(given: unknown): ReadRecording {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  const where = path.length > 0 ? `at ${path.join('.')}: ` : ''
  throw testingError('SLUICE_TESTING_RECORDING', `this is no recording: ${where}${message}`)
}
