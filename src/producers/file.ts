import { resolve } from 'node:path'
import { z } from 'zod'
import { dataFolderHere } from '../kit/data-folder.ts'
import { pathText } from '../kit/path-option.ts'
import { defineProducer, type OptionsOf } from '../core/component.ts'
import { configure, type ConfiguredProducer } from '../core/configured.ts'
import { jsonLimits } from '../kit/json-limits.ts'
import { FileReading } from '../kit/reading/file-reading.ts'
import { bytes, duration } from '../kit/units.ts'
import { lockFolder } from '../overflow/folder-lock.ts'

const options = z.strictObject({
  path: z
    .union([pathText, z.array(pathText).min(1).max(1_000)])
    .describe('Files to read, or patterns of them, as `logs/*.log`; relative to where the process was started.'),
  exclude: z
    .array(pathText)
    .max(1_000)
    .default([])
    .describe('Patterns of files that are not read, though `path` has them.'),
  format: z
    .enum(['ndjson', 'lines', 'csv'])
    .default('ndjson')
    .describe(
      '`ndjson`: each line is JSON, empty ones are left out. `lines`: each line is a text. `csv`: each record is an object of texts.',
    ),
  csv: z
    .strictObject({
      delimiter: z
        .string()
        .length(1)
        .regex(/[^"\r\n]/, { error: 'a quote and an end of line have a meaning of their own: give another character' })
        .default(',')
        .describe('What stands between two fields; one character.'),
      header: z
        .union([z.boolean(), z.array(z.string()).min(1).max(10_000)])
        .default(true)
        .describe(
          'Whether the first record has the names of the fields; or these names, where it has none. With `false` a record is a list. A name that comes twice gets `_2` behind it.',
        ),
    })
    .prefault({})
    .describe('With `format: csv`.'),
  read: z
    .enum(['follow', 'once'])
    .default('follow')
    .describe('`follow`: waits for more, and for files to come. `once`: ends at the end of the files that are there.'),
  start: z
    .enum(['beginning', 'end'])
    .default('beginning')
    .describe('From where files are read that are there at the first start of all. What comes later is read whole.'),
  maxLine: bytes({ min: '1B', max: '256MiB' }).prefault('1MiB').describe('Longest line; of `csv`, longest record.'),
  limits: jsonLimits,
  poll: duration({ min: '10ms', max: '1h' })
    .prefault('250ms')
    .describe('With `follow`, time between two looks at the files.'),
  rotateWait: duration({ min: '0ms', max: '24h' })
    .prefault('5s')
    .describe('How long a file that was renamed or removed must not have grown until it counts as complete.'),
  checkpoints: pathText
    .optional()
    .describe(
      'Folder in which is kept how far files were read, on a local disk; seen from the folder of the file of the pipeline. Without it `<pipeline>/<node>` in SLUICE_DATA_DIR, or in `.sluice` beside the file of the pipeline.',
    )
    .meta({ 'x-data-folder': true }),
})

/**
 * Reads files record by record: those that are there, or, as `tail -F` does, what they grow by. Packed by gzip or not is
 * seen by the content.
 *
 * How far each file was read is written down by outcome: up to the first message without one, and what is settled above,
 * each second and at the stop. So the next start goes on exactly there; after a crash what was settled within the last
 * second comes again, with the same ids. With `once` a file that was read comes again only when it has grown; what fails
 * when all was given already comes again at the next start.
 *
 * A file is known by device and inode, and by its first bytes, whatever its name. One that is renamed is read to its end,
 * which is when it hasn't grown for `rotateWait`; so is one that is removed. One that is emptied in place
 * (`copytruncate`) is read from its beginning; what it had more when that was seen is read from the copy, where `path` has
 * it, and is lost otherwise, which the log tells. A rotated file that was packed meanwhile is known by its content, and
 * read on from where it was. What comes and goes between two looks under a name that `path` hasn't is never seen.
 *
 * A last line without its end waits, since it may be half written, until its file is complete.
 *
 * Shape:  out one message per record, at the position `<file>@<byte>`, in order within a file, with the header `path`.
 * Demand: reads only what is asked for; of each file at most one chunk of 256 KiB waits.
 * Acks:   what has an outcome is written down. What failed comes again, after a pause, with one attempt more, and nothing
 *         else of its file meanwhile.
 * Errors: a record that is broken or too long is reported with its place, counted as `input_faults` and left out; so is
 *         the rest of a file that gzip can't unpack, SLUICE_FILE_GZIP_BROKEN, until it changes. What can't be read is
 *         told and tried again, while others are read; where there is no other it is an outage, SLUICE_FILE_UNREADABLE or
 *         SLUICE_FILE_READ_FAILED. With `once` a file of a pattern that can't be opened is left to the next start, and
 *         counted as `input_faults`. On opening SLUICE_FILE_NOT_REGULAR, with `once` SLUICE_FILE_MISSING, too; and what is
 *         wrong with the folder of checkpoints: SLUICE_FILE_CHECKPOINTS_DAMAGED, SLUICE_FILE_CHECKPOINTS_FAILED,
 *         SLUICE_LOG_LOCKED, SLUICE_LOG_FORBIDDEN.
 */
const definition = defineProducer({
  name: 'file',
  summary: 'Reads files, and what they grow by: JSON, lines, CSV, packed or not.',
  options,
  short: 'path',
  io: true,
  exclusive: ({ checkpoints }) => (checkpoints === undefined ? undefined : `folder ${resolve(checkpoints)}`),
  guarantee: () => 'remembers what had an outcome: the rest, and what failed, comes again',
  create: ({ path: paths, checkpoints, ...settings }, context) => {
    const folder = resolve(checkpoints ?? dataFolderHere(context.pipeline, context.node))
    return new FileReading({ ...settings, path: [paths].flat() }, context, { folder, lock: lockFolder })
  },
})
export default definition

type Settings = OptionsOf<typeof definition>

/**
 * Reads files: `file<LogLine>({ path: 'logs/*.ndjson' })` for lines of JSON, `file({ path: 'app.log', format: 'lines' })`
 * for texts. That a record is a `LogLine` is said, not checked.
 */
export function file(settings: Settings & { readonly format: 'lines' }): ConfiguredProducer<string>
export function file<T = unknown>(settings: Settings): ConfiguredProducer<T>
export function file<T>(settings: Settings): ConfiguredProducer<T> {
  return configure(definition, settings)
}
