import { z } from 'zod'
import { OVERFLOW_DEFAULTS, type OverflowSpec } from '../core/overflow-plan.ts'
import { share } from '../kit/share.ts'
import { bytes, duration } from '../kit/units.ts'
import {
  checkStored,
  codec as storedAs,
  DEFAULT_LIMIT_BYTES,
  durability as storedWhen,
  frameBytes,
  limitBytes,
  standardStore,
  store as storedWhere,
  type StoreSettings,
} from '../overflow/store-settings.ts'
import type { StorePlace } from '../overflow/stores.ts'

const MANY = 10_000_000

const count = z.int().min(1).max(MANY)

const memory = z
  .union([
    count,
    z.strictObject({
      parts: count.optional().describe('Messages, those inside batches included; 10,000 by default.'),
      bytes: bytes({ min: '64KiB', max: '1TiB' })
        .optional()
        .describe('Their bytes; 64MiB by default, or less: all overflows of a pipeline take a third of its `memory`.'),
    }),
  ])
  .transform((value) => (typeof value === 'number' ? { parts: value } : value))
  .describe(
    'What waits in memory at most: a count of messages, or `{ parts, bytes }`; 10,000 and up to 64MiB by default.',
  )

const limit = z
  .union([
    limitBytes,
    z.strictObject({
      bytes: limitBytes.optional().describe('Most bytes; 10GiB by default.'),
      age: duration({ min: '1s', max: '365d' })
        .optional()
        .describe(
          'What has been stored for longer is dropped, and counted, when its turn comes; until then it takes room. For ever by default.',
        ),
    }),
  ])
  .transform((value) => (typeof value === 'number' ? { bytes: value } : value))
  .describe('What is stored at most: a size, or `{ bytes, age }`; 10GiB by default.')

const frame = z
  .strictObject({
    bytes: frameBytes.optional(),
    delay: duration({ min: '0ms', max: '10s' })
      .optional()
      .describe('How long a few messages wait for others before they are written; 10ms by default, none in `always`.'),
  })
  .describe('How many messages are written as one record of the store.')

const fields = {
  memory: memory.optional(),
  high: share().optional().describe('The share of `memory` at which it begins to store; 80% by default.'),
  low: share().optional().describe('The share of `memory` below which it may go on from memory again; 50% by default.'),
  limit: limit.optional(),
  whenFull: z
    .enum(['block', 'reject', 'drop-oldest', 'drop-newest'])
    .optional()
    .describe(
      'What happens when `limit` is reached, or the store is out of reach, and memory is full. `block`, the default, slows the giver down; `reject` gives what comes back to its producer, which HTTP answers with 503; `drop-oldest` drops what was stored first and nobody has yet, `drop-newest` what has come last, and counts it.',
    ),
  mode: z
    .enum(['spill', 'always'])
    .optional()
    .describe(
      '`spill`, the default, stores what memory has no room for; `always` stores everything before it counts as taken.',
    ),
  frame: frame.optional(),
  codec: storedAs.optional(),
  store: storedWhere.optional(),
  durability: storedWhen.optional(),
}

const details = z.strictObject(fields)
type Details = z.output<typeof details>

/** An overflow as it is written, without what only its place in the pipeline says. */
export interface OverflowSettings extends Omit<OverflowSpec, 'createStore' | 'limit'> {
  readonly limit: { readonly bytes: number; readonly ageMs?: number }
  readonly store: StoreSettings
  /** What the store is told. */
  readonly stored: Pick<StorePlace, 'frameBytes' | 'codec' | 'durability'>
}

/** Relations between fields. */
function checkDetails(
  { high, low, limit: most, frame: one, store: at, durability }: Details,
  context: z.RefinementCtx,
): void {
  const add = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message })
  const highest = high ?? OVERFLOW_DEFAULTS.high
  const lowest = low ?? OVERFLOW_DEFAULTS.low
  if (lowest >= highest) {
    if (low === undefined) add(['high'], `must be above \`low\`, which is ${lowest}; got ${highest}`)
    else add(['low'], `must be below \`high\`, which is ${highest}; got ${lowest}`)
  }
  checkStored({ limitBytes: most?.bytes, frameBytes: one?.bytes, store: at, durability }, context)
}

function settingsOf({ limit: most, frame: one, store: at, codec, durability, ...rest }: Details): OverflowSettings {
  const given = {
    ...rest,
    limit: compact({ bytes: most?.bytes ?? DEFAULT_LIMIT_BYTES, ageMs: most?.age }),
    delayMs: one?.delay,
    store: at ?? standardStore(),
    stored: compact({ frameBytes: one?.bytes, codec, durability }),
  }
  return compact(given) as OverflowSettings
}

/** What `true` means. */
export const STANDARD: OverflowSettings = settingsOf({})

const written = details.superRefine(checkDetails).transform(settingsOf)

/** What takes the messages of an edge that memory has no room for; false where an edge is to have none. */
export const overflow = z
  .union([z.boolean(), written])
  .transform((value) => (value === true ? STANDARD : value))
  .describe(
    'Where messages wait that memory has no room for: `true` for a store on the local disk, or its details. Each edge of the node gets one, in order; what is stored counts as delivered above.',
  )

const { mode: _, ...durableFields } = fields

/** What stores everything that a push producer takes, before its sender is told. */
export const durable = z
  .union([
    z.boolean(),
    z
      .strictObject(durableFields)
      .superRefine(checkDetails)
      .transform((value) => settingsOf(value)),
  ])
  .transform((value): OverflowSettings | false => {
    if (value === false) return false
    return { ...(value === true ? STANDARD : value), mode: 'always' }
  })
  .describe(
    'Stores everything that this producer takes before its sender is told: `true` for a store on the local disk, or its details, as those of `overflow` without `mode`. Only for producers that others send to.',
  )

/** The same without what is undefined. */
export function compact<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
}
