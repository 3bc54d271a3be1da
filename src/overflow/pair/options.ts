import { join, resolve } from 'node:path'
import { z } from 'zod'
import { dataFolderHere } from '../../kit/data-folder.ts'
import { pathText } from '../../kit/path-option.ts'
import {
  checkStored,
  codec,
  DEFAULT_LIMIT_BYTES,
  durability,
  frameBytes,
  limitBytes,
  standardStore,
  store,
} from '../store-settings.ts'
import { bindStore, type BoundStore } from '../stores.ts'

/** Short enough for a folder, without the marks that keys are made with. */
const NAME = /^[a-z][a-z0-9_-]{0,62}$/
/** In place of a pipeline; the names of those have no dot in them. */
const NO_PIPELINE = 'overflow.pair'

const place = {
  name: z
    .string()
    .regex(NAME, {
      error: 'must start with a small letter; small letters, digits, `-` and `_` follow, 63 characters at most',
    })
    .describe('The name of the overflow: the consumer that fills it and the producer that drains it say the same.'),
  store: store.optional(),
  durability: durability.optional(),
  dataDir: pathText
    .optional()
    .describe(
      'The folder in which the embedded store has one of its own, `overflow.<name>`, unless `store` names one; seen from the folder of the file of the pipeline. Without it SLUICE_DATA_DIR, or `.sluice` beside the file of the pipeline: the same for all pipelines in one folder.',
    )
    .meta({ 'x-data-folder': 'shared' }),
}

/** Of who fills an overflow. */
export const fillingOptions = z
  .strictObject({
    ...place,
    limit: limitBytes
      .prefault('10GiB')
      .describe('Most bytes that it keeps, about. Beyond it nothing more is taken until some of them are drained.'),
    frame: z
      .strictObject({ bytes: frameBytes.optional() })
      .optional()
      .describe('How many messages are written as one record of the store.'),
    codec: codec.optional(),
  })
  .superRefine(({ limit, frame, ...at }, context) =>
    checkStored({ ...at, limitBytes: limit, frameBytes: frame?.bytes }, context),
  )

/** Of who drains one. */
export const drainingOptions = z
  .strictObject({
    ...place,
    until: z
      .enum(['stopped', 'empty'])
      .default('stopped')
      .describe('When it ends: when the pipeline is stopped, or as soon as nothing is left to deliver.'),
  })
  .superRefine((at, context) => checkStored(at, context))

export type FillingOptions = z.output<typeof fillingOptions>
export type DrainingOptions = z.output<typeof drainingOptions>

/** A store that several may use, and how one of them wants things to be stored. */
export interface PairPlace {
  readonly bound: BoundStore
  readonly manner: string
}

/** Where an overflow is kept, for whoever fills or drains it; nothing is opened. */
export function placeOf(options: FillingOptions | DrainingOptions): PairPlace {
  const { name, store: at = standardStore(), durability: when, dataDir } = options
  const how = 'limit' in options ? options : undefined
  const manner = {
    limitBytes: how?.limit ?? DEFAULT_LIMIT_BYTES,
    frameBytes: how?.frame?.bytes,
    codec: how?.codec,
    durability: when,
  }
  const folder = dataDir === undefined ? dataFolderHere() : resolve(dataDir)
  const bound = bindStore(at.name, at.options, {
    ...manner,
    pipeline: NO_PIPELINE,
    edge: name,
    folder: join(folder, `overflow.${name}`),
  })
  return { bound, manner: JSON.stringify(manner) }
}
