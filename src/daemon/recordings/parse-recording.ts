import { z } from 'zod'
import { EVENTS } from '../../core/recorder.ts'
import { RECORDING_VERSION } from '../../core/recording.ts'
import { wordsOf } from '../../config/issues.ts'
import { formatPath } from '../../config/wording.ts'
import type { NodeStats } from '../../core/stats.ts'
import { HOOKS } from '../watchdog.ts'

type Hook = NonNullable<NodeStats['hook']>

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
  limit: z.int(),
  marks: z.array(count),
  isPaused: flag,
  isCancelled: flag,
})

const hook = z.custom<Hook>((given) => typeof given === 'string' && Object.hasOwn(HOOKS, given), {
  error: 'names a hook that this Sluice does not know',
})

const node = z.object({
  number: count,
  name: z.string(),
  queued: count,
  inFlight: z.int(),
  held: count,
  parked: count,
  available: count,
  hasRoom: flag,
  isPaused: flag,
  calls: count,
  abandonedCalls: count,
  oldestCallMs: z.number().optional(),
  heldBackBy: z.enum(['circuit', 'retry']).optional(),
  hook: hook.optional(),
  opening: z.object({ attempts: count }).optional(),
  circuit: z.object({ code: z.string(), failures: count, openMs: z.number() }).optional(),
})

/** As much of a recording as replaying and telling it needs. */
const schema = z.object({
  version: z.literal(RECORDING_VERSION),
  pipeline: z.string(),
  reason: z.string(),
  at: z.number().min(-8.64e15).max(8.64e15),
  state: z.string(),
  nodes: z.array(node),
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
export type ReadNode = ReadRecording['nodes'][number]

/** @returns a recording, or what is wrong with what was given. */
export function parseRecording(
  given: unknown,
): { readonly recording: ReadRecording } | { readonly recording?: undefined; readonly problem: string } {
  const version = versionOf(given)
  if (version !== undefined && version !== RECORDING_VERSION)
    return { problem: `it is of version ${version}, and this Sluice reads version ${RECORDING_VERSION}` }
  if (version === undefined) return { problem: 'it is JSON, but not what a flight recorder remembers' }
  const parsed = schema.safeParse(given, { error: wordsOf })
  if (parsed.success) return { recording: parsed.data }
  const { path, message } = parsed.error.issues[0]!
  const where = formatPath(path.map((step) => (typeof step === 'number' ? step : String(step))))
  return { problem: `\`${where}\` ${message.startsWith('expected') ? `is wrong: ${message}` : message}` }
}

function versionOf(given: unknown): number | undefined {
  const { version } = (given ?? {}) as { version?: unknown }
  return typeof version === 'number' ? version : undefined
}
