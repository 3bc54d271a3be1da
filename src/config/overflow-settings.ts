import { z } from 'zod'
import { OVERFLOW_DEFAULTS, type OverflowSpec } from '../core/overflow-plan.ts'
import { share } from '../kit/share.ts'
import { bytes, duration } from '../kit/units.ts'
import { FRAME_BYTES } from '../overflow/spill/embedded.ts'
import { STORE_NAMES, STORES, type StoreName, type StorePlace } from '../overflow/stores.ts'

/** What an overflow keeps at most where nothing is said: 10 GiB. */
const DEFAULT_LIMIT_BYTES = 10 * 1024 ** 3
/** A frame takes at most this part of what its overflow may keep, so that room is given back while others are there. */
const FRAMES_PER_LIMIT = 8
const MANY = 10_000_000

const count = z.int().min(1).max(MANY)

const memory = z
  .union([
    count,
    z.strictObject({
      parts: count.optional().describe('Messages, those inside batches included; 10,000 by default.'),
      bytes: bytes({ min: '64KiB', max: '1TiB' }).optional().describe('Their bytes; no limit of its own by default.'),
    }),
  ])
  .transform((value) => (typeof value === 'number' ? { parts: value } : value))
  .describe('What waits in memory at most: a count of messages, or `{ parts, bytes }`; 10,000 by default.')

const limitBytes = bytes({ min: '1MiB' })

const limit = z
  .union([
    limitBytes,
    z.strictObject({
      bytes: limitBytes.optional().describe('Most bytes; 10GiB by default.'),
      age: duration({ min: '1s', max: '365d' })
        .optional()
        .describe('What has been stored for longer is dropped, and counted; for ever by default.'),
    }),
  ])
  .transform((value) => (typeof value === 'number' ? { bytes: value } : value))
  .describe('What is stored at most: a size, or `{ bytes, age }`; 10GiB by default.')

const frame = z
  .strictObject({
    bytes: bytes({ min: '1KiB', max: '64MiB' })
      .optional()
      .describe('Most bytes of messages that are written as one; a larger message is a frame of its own.'),
    delay: duration({ min: '0ms', max: '10s' })
      .optional()
      .describe('How long a few messages wait for others before they are written; 10ms by default, none in `always`.'),
  })
  .describe('How many messages are written as one record of the store.')

const storeOptions = Object.fromEntries(
  STORE_NAMES.map((name) => [
    name,
    STORES[name].options.optional().describe(`The store \`${name}\`, with its options.`),
  ]),
) as { readonly [name in StoreName]: z.ZodOptional<(typeof STORES)[name]['options']> }

/** A kind of store, with its options. */
export interface StoreSettings {
  readonly name: StoreName
  readonly options: z.output<(typeof STORES)[StoreName]['options']>
}

function standardOf(name: StoreName): StoreSettings {
  return { name, options: STORES[name].options.parse({}) }
}

/** Where it names none, that has been reported. */
function namedIn(given: { readonly [name in StoreName]?: StoreSettings['options'] | undefined }): StoreSettings {
  const name = STORE_NAMES.find((each) => given[each] !== undefined)
  return name === undefined ? standardOf(STORE_NAMES[0]) : { name, options: given[name]! }
}

const store = z
  .union([
    z.enum(STORE_NAMES),
    z.strictObject(storeOptions).refine((given) => Object.keys(given).length === 1, {
      error: `must name one store: ${STORE_NAMES.join(', ')}`,
      // Which one was meant by an unknown name is told already.
      when: ({ issues }) => issues.length === 0,
    }),
  ])
  .transform((value) => (typeof value === 'string' ? standardOf(value) : namedIn(value)))
  .describe(
    'Where it is stored: `embedded`, on the local disk, or `{ embedded: { folder } }`; or in Redis, `{ redis: { url } }`.',
  )

const DURABILITIES = [...new Set(STORE_NAMES.flatMap((name) => STORES[name].durabilities))] as [string, ...string[]]

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
  codec: z
    .enum(['json', 'json+deflate'])
    .optional()
    .describe('How messages are written: as JSON, the default, or compressed as well.'),
  store: store.optional(),
  durability: z
    .enum(DURABILITIES)
    .optional()
    .describe(
      'When a message counts as stored. Of `embedded`: `disk`, the default, when the disk has confirmed it; `os` when the system has it, which survives the process but no power cut. Of `redis`: `aof`, the default, `aof-always`, `replicated` or `memory`; the server is checked for what it takes.',
    ),
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
  const mostBytes = most?.bytes ?? DEFAULT_LIMIT_BYTES
  const frameBytes = one?.bytes ?? FRAME_BYTES
  if (frameBytes * FRAMES_PER_LIMIT > mostBytes)
    add(['frame', 'bytes'], `must be at most an eighth of \`limit\`, which is ${mostBytes} bytes; got ${frameBytes}`)
  const { durabilities } = STORES[at?.name ?? STORE_NAMES[0]]
  if (durability !== undefined && !durabilities.includes(durability))
    add(['durability'], `must be one of ${durabilities.map((each) => `\`${each}\``).join(', ')} with this \`store\``)
}

function settingsOf({ limit: most, frame: one, store: at, codec, durability, ...rest }: Details): OverflowSettings {
  const given = {
    ...rest,
    limit: compact({ bytes: most?.bytes ?? DEFAULT_LIMIT_BYTES, ageMs: most?.age }),
    delayMs: one?.delay,
    store: at ?? standardOf(STORE_NAMES[0]),
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
