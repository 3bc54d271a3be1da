import { z } from 'zod'
import type { EdgeSpec } from '../core/spec.ts'
import { bytes } from '../kit/units.ts'
import { compact, overflow, type OverflowSettings } from './overflow-settings.ts'

const MANY = 1_000_000
const name = z.string()

const demandWindow = z
  .strictObject({
    max: z.int().min(1).max(MANY).optional().describe('Most messages that are asked for and not yet handled.'),
    min: z
      .int()
      .min(0)
      .max(MANY - 1)
      .optional()
      .describe('More is asked for when no more than these are left; half of `max` by default.'),
    bytes: bytes({ min: '1KiB', max: '1TiB' })
      .optional()
      .describe('Stops asking at so many bytes; one message always passes.'),
  })
  .superRefine(({ max, min }, context) => {
    if (max === undefined || min === undefined || min < max) return
    context.addIssue({ code: 'custom', path: ['min'], message: `must be below \`max\`, which is ${max}; got ${min}` })
  })

/** How much is asked for at once, of a node or of one edge. */
export const demand = z
  .union([z.int().min(1).max(MANY), demandWindow])
  .transform((value) => (typeof value === 'number' ? { max: value } : value))
  .describe(
    'The demand window: a count of messages, or `{ max, min, bytes }`; by default 1,000, with `concurrency` two calls each (128 at least).',
  )

const KEEPS_NOTHING = {
  block: 'an edge that blocks keeps nothing back',
  spill: 'what an edge spills waits in the `memory` of its overflow',
} as const

/** What an edge that drops and an overflow say together. */
export const BESIDE_OVERFLOW =
  'is for an edge without `overflow`: that takes what there is no room for, and has a `whenFull` of its own'

const edge = z
  .strictObject({
    demand: demand.optional(),
    queue: z
      .strictObject({
        messages: z
          .int()
          .min(1)
          .max(10 * MANY)
          .optional()
          .describe('Most messages that wait.'),
        bytes: bytes({ min: '1KiB', max: '1TiB' }).optional().describe('Most bytes that wait.'),
      })
      .optional()
      .describe('What may wait before this edge where `whenFull` drops; 1,000 messages by default.'),
    whenFull: z
      .enum(['block', 'drop-newest', 'drop-oldest', 'spill'])
      .optional()
      .describe(
        'What happens to messages that this edge has not asked for. `block`, the default, slows the giver down; `spill` stores them, as `overflow: true` does.',
      ),
    overflow: overflow.optional().describe('As that of the node, for this edge alone; false for none.'),
  })
  .superRefine(({ queue, whenFull = 'block', overflow: own }, context) => {
    const add = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message })
    if (queue !== undefined && (whenFull === 'block' || whenFull === 'spill'))
      add('queue', `needs \`whenFull: drop-newest\` or \`whenFull: drop-oldest\`: ${KEEPS_NOTHING[whenFull]}`)
    if (whenFull === 'spill' && own === false) add('whenFull', 'needs an `overflow`, and this edge is to have none')
    if (whenFull.startsWith('drop') && own !== undefined && own !== false) add('whenFull', BESIDE_OVERFLOW)
  })
  .describe('Settings of one edge.')

/** One subscription as it is written; where its overflow is stored isn't known yet. */
export interface ParsedEdge extends Omit<EdgeSpec, 'whenFull' | 'overflow'> {
  readonly whenFull?: NonNullable<EdgeSpec['whenFull']> | 'spill'
  readonly overflow?: OverflowSettings | false
}

/** Whom a node reads from. */
export const from = z
  .union([
    name,
    z.array(name).min(1, { error: 'must name at least one node' }),
    z
      .record(name, edge.nullable())
      .refine((edges) => Object.keys(edges).length > 0, { error: 'must name at least one node' }),
  ])
  .transform((value): ParsedEdge[] => {
    if (typeof value === 'string') return [{ from: value }]
    if (Array.isArray(value)) return value.map((giver) => ({ from: giver }))
    return Object.entries(value).map(([giver, settings]) => compact({ from: giver, ...settings }) as ParsedEdge)
  })
  .describe('Whom this node reads from: `a`, `[a, b]`, or `{ a: { demand, queue, whenFull, overflow } }`.')
