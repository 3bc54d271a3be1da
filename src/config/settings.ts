import { z } from 'zod'
import type { NodeSettings } from '../core/spec.ts'
import { expression } from '../kit/expression/schema.ts'
import { bytes, duration } from '../kit/units.ts'
import { pipelineGroup } from '../redis/group/options.ts'
import type { Kind } from '../registry/contract.ts'
import { demand, from } from './edge-settings.ts'
import { deadLetters, FAILURE_SETTINGS, failureSettings, supervisionSettings } from './failure-settings.ts'
import { compact, durable, overflow } from './overflow-settings.ts'

/** Of pipelines and of nodes: short enough for a folder and a metric, without the marks that ids are made with. */
export const NAME = /^[a-z][a-z0-9_-]{0,62}$/

const MANY = 1_000_000
const timeout = duration({ min: '1ms', max: '1d' })

const dispatch = z
  .union([
    z.enum(['broadcast', 'demand']),
    z.strictObject({
      partition: z
        .strictObject({
          by: expression().describe('Messages with one value go to one partition.'),
          count: z.int().min(1).max(4096).describe('How many partitions; they go to the subscribers in turn.'),
        })
        .describe('Divides the output by a value.'),
    }),
  ])
  .describe(
    'How the output is divided among several subscribers: to each (the default), to whoever asks, or by a value.',
  )

const maxUnacked = z
  .union([
    z
      .int()
      .min(1)
      .max(100 * MANY),
    z.strictObject({
      parts: z
        .int()
        .min(1)
        .max(100 * MANY)
        .optional()
        .describe('Messages, those inside batches included.'),
      bytes: bytes({ min: '64KiB', max: '1TiB' }).optional().describe('Bytes; a third of the memory by default.'),
    }),
  ])
  .transform((value) => (typeof value === 'number' ? { parts: value } : value))
  .describe('Messages of this producer that have no outcome yet; 100,000 by default.')

/** What may stand beside a component, in one schema; `SETTINGS_OF` says which kind of node has which. */
export const nodeSettings = z.strictObject({
  from,
  key: expression().optional().describe('Sets the key of messages: those with one key keep their order.'),
  dispatch: dispatch.optional(),
  demand: demand.optional(),
  concurrency: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('Calls in flight of an asynchronous handler; 1 by default.'),
  callSize: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('Most messages of one asynchronous `handle`; 100 by default.'),
  order: z
    .enum(['input', 'key', 'none'])
    .optional()
    .describe(
      'What is kept in order where calls overlap. `input` for stages; a consumer keeps the order of keys if there are any.',
    ),
  timeout: timeout.optional().describe('How long an asynchronous call may take; 30s by default.'),
  ...failureSettings,
  overflow: overflow.optional(),
  maxUnacked: maxUnacked.optional(),
  durable: durable.optional(),
  maxExpansion: z
    .int()
    .min(1)
    .max(10 * MANY)
    .optional()
    .describe('Longest array that a message may become; 10,000 by default.'),
  maxHeld: z
    .int()
    .min(1)
    .max(10 * MANY)
    .optional()
    .describe('Messages that are held between calls; 10,000 by default.'),
  maxKeys: z
    .int()
    .min(1)
    .max(10 * MANY)
    .optional()
    .describe('Groups that are held between calls; 10,000 by default.'),
})

export type SettingName = keyof z.input<typeof nodeSettings>
export type ParsedSettings = Partial<z.output<typeof nodeSettings>>

const WORKER = [
  'from',
  'key',
  'demand',
  'concurrency',
  'callSize',
  'order',
  'timeout',
  ...FAILURE_SETTINGS,
  'overflow',
] as const

const OF_KINDS = {
  producer: ['key', 'dispatch', 'onFailure', 'maxUnacked', 'durable'],
  stage: [...WORKER, 'dispatch', 'maxExpansion', 'maxHeld', 'maxKeys'],
  consumer: [...WORKER, 'maxHeld'],
} as const satisfies Readonly<Record<Kind, readonly SettingName[]>>

export type SettingOf<K extends Kind> = (typeof OF_KINDS)[K][number]

/** The settings of each kind of node; those of `HOLDING_SETTINGS` only where the component holds messages. */
export const SETTINGS_OF: Readonly<Record<Kind, readonly SettingName[]>> = OF_KINDS
export const HOLDING_SETTINGS: readonly SettingName[] = ['maxHeld', 'maxKeys']

/** Whether a kind of node has a setting of this name: no component of it can have the name, too. */
export function isSettingOf(kind: Kind, name: string): boolean {
  return SETTINGS_OF[kind].some((setting) => setting === name)
}

/** The kinds of node that have a setting. */
export function kindsWith(setting: SettingName): Kind[] {
  return (Object.keys(OF_KINDS) as Kind[]).filter((kind) => SETTINGS_OF[kind].includes(setting))
}

/** Whose settings: those of a kind of node, or of the one that dead letters go to. */
export type SettingsOwner = Kind | 'deadLetters'

/** That node reads from nobody, and what fails there has nowhere else to go. */
const OF_DEAD_LETTERS: readonly SettingName[] = ['demand', 'concurrency', 'callSize', 'timeout', 'retry', 'maxHeld']

export function settingsOf(owner: SettingsOwner): readonly SettingName[] {
  return owner === 'deadLetters' ? OF_DEAD_LETTERS : SETTINGS_OF[owner]
}

const SCHEMAS = new Map<SettingsOwner, z.ZodType<ParsedSettings>>()

/** The schema of the settings that a node has; the same each time, for it compiles itself when it is used. */
export function settingsSchema(owner: SettingsOwner): z.ZodType<ParsedSettings> {
  const known = SCHEMAS.get(owner)
  if (known !== undefined) return known
  const mask = Object.fromEntries(settingsOf(owner).map((setting) => [setting, true]))
  const schema = nodeSettings.pick(mask as Record<SettingName, true>)
  SCHEMAS.set(owner, schema)
  return schema
}

/** Parsed settings as the kernel wants them, but for what is stored: a place for that is found by `overflowsOf`. */
export function kernelSettings(settings: ParsedSettings): Omit<NodeSettings, 'durable'> {
  const { from: _, overflow: __, durable: ___, timeout: timeoutMs, giveUpAfter: giveUpAfterMs, ...others } = settings
  return compact({ ...others, timeoutMs, giveUpAfterMs }) as NodeSettings
}

/** What stands at the top of a file beside the three sections. */
export const pipelineSettings = z.strictObject({
  pipeline: z
    .string()
    .regex(NAME, {
      error: 'must start with a small letter; small letters, digits, `-` and `_` follow, 63 characters at most',
    })
    .describe('The name of the pipeline.'),
  plugins: z
    .array(z.string().min(1))
    .max(100)
    .optional()
    .describe('Modules with more components: paths from this file on, or packages.'),
  startTimeout: timeout.prefault('1m').describe('How long the nodes may take to open.'),
  stopTimeout: timeout.prefault('25s').describe('How long a stop may take: the deadline of the drain.'),
  memory: bytes({ min: '1MiB', max: '1TiB' })
    .optional()
    .describe('What this pipeline may use of the memory; an equal share by default.'),
  deadLetters: deadLetters.optional(),
  group: pipelineGroup.optional(),
  ...supervisionSettings,
})

export type ParsedPipelineSettings = z.output<typeof pipelineSettings>
