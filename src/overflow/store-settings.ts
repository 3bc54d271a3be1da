import { z } from 'zod'
import { bytes } from '../kit/units.ts'
import { FRAME_BYTES } from './spill/embedded.ts'
import { STORE_NAMES, STORES, type StoreName } from './stores.ts'

/** What is stored at most where nothing is said: 10 GiB. */
export const DEFAULT_LIMIT_BYTES = 10 * 1024 ** 3
/** A frame takes at most this part of what may be kept, so that room is given back while others are there. */
const FRAMES_PER_LIMIT = 8

export const limitBytes = bytes({ min: '1MiB' })

export const frameBytes = bytes({ min: '1KiB', max: '64MiB' }).describe(
  'Most bytes of messages that are written as one; a larger message is a frame of its own.',
)

export const codec = z
  .enum(['json', 'json+deflate'])
  .describe('How messages are written: as JSON, the default, or compressed as well.')

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

/** @param name the default where nothing is said. */
export function standardStore(name: StoreName = STORE_NAMES[0]): StoreSettings {
  return { name, options: STORES[name].options.parse({}) }
}

/** Where it names none, that has been reported. */
function namedIn(given: { readonly [name in StoreName]?: StoreSettings['options'] | undefined }): StoreSettings {
  const name = STORE_NAMES.find((each) => given[each] !== undefined)
  return name === undefined ? standardStore() : { name, options: given[name]! }
}

export const store = z
  .union([
    z.enum(STORE_NAMES),
    z.strictObject(storeOptions).refine((given) => Object.keys(given).length === 1, {
      error: `must name one store: ${STORE_NAMES.join(', ')}`,
      // Which one was meant by an unknown name is told already.
      when: ({ issues }) => issues.length === 0,
    }),
  ])
  .transform((value) => (typeof value === 'string' ? standardStore(value) : namedIn(value)))
  .describe(
    'Where it is stored: `embedded`, on the local disk, or `{ embedded: { folder } }`; or in Redis, `{ redis: { url } }`.',
  )
  .meta({ 'x-data-folder': 'store' })

const DURABILITIES = [...new Set(STORE_NAMES.flatMap((name) => STORES[name].durabilities))] as [string, ...string[]]

export const durability = z
  .enum(DURABILITIES)
  .describe(
    'When a message counts as stored. Of `embedded`: `disk`, the default, when the disk has confirmed it; `os` when the system has it, which survives the process but no power cut. Of `redis`: `aof`, the default, when it is not lost with the server (a power cut may take the last two seconds); `aof-always`, when no power cut takes it; `replicated`, when it is not lost with its machine, beyond what a failover may take; `memory`, when it is not evicted. The server is checked for what it takes.',
  )

/** What relations are between. */
export interface StoredSettings {
  readonly limitBytes?: number | undefined
  readonly frameBytes?: number | undefined
  readonly store?: StoreSettings | undefined
  readonly durability?: string | undefined
}

/** Relations between settings of a store. */
export function checkStored(
  { limitBytes: most = DEFAULT_LIMIT_BYTES, frameBytes: one = FRAME_BYTES, ...at }: StoredSettings,
  context: z.RefinementCtx,
): void {
  const add = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message })
  if (one * FRAMES_PER_LIMIT > most)
    add(['frame', 'bytes'], `must be at most an eighth of \`limit\`, which is ${most} bytes; got ${one}`)
  const { durabilities } = STORES[at.store?.name ?? STORE_NAMES[0]]
  if (at.durability !== undefined && !durabilities.includes(at.durability))
    add(['durability'], `must be one of ${durabilities.map((each) => `\`${each}\``).join(', ')} with this \`store\``)
}
