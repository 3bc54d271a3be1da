import { resolve } from 'node:path'
import { z } from 'zod'
import { pathText } from '../kit/path-option.ts'
import { defineConsumer, type HandleConsumer, type OptionsOf, type WorkerContext } from '../core/component.ts'
import { configure, type ConfiguredConsumer } from '../core/configured.ts'
import type { Message } from '../core/message.ts'
import { expression } from '../kit/expression/schema.ts'
import { realFileSystem, type OutputFileSystem } from '../kit/output-files/file-system.ts'
import { OutputFiles } from '../kit/output-files/output-files.ts'
import type { Target } from '../kit/output-files/targets.ts'
import { bytes, duration } from '../kit/units.ts'

const rotate = z
  .strictObject({
    size: bytes({ min: '1KiB', max: '1TiB' })
      .optional()
      .describe(
        'A file is ended before it gets larger; a single message, or batch, that is larger has one of its own.',
      ),
    every: duration({ min: '1s', max: '365d' })
      .optional()
      .describe('A file is ended when UTC passes a multiple of it: each full hour with `1h`, at midnight with `24h`.'),
    keep: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe('Most rotated files of one path; the oldest are removed, with what is in them. All stay without it.'),
    gzip: z
      .boolean()
      .default(false)
      .describe('Whether rotated files are compressed, one at a time, beside everything else.'),
  })
  .refine(({ size, every }) => size !== undefined || every !== undefined, {
    error: 'say when a file is ended: give `size`, `every` or both',
  })

const options = z
  .strictObject({
    path: pathText
      .optional()
      .describe('The file; relative to where the process was started. Its folder must exist. Or give `root` and `to`.'),
    root: pathText
      .optional()
      .describe(
        'The folder of the files, where there are several. It and those in it are made; the one around it must exist.',
      ),
    to: expression()
      .optional()
      .describe('The path of the file of a message, below `root`: `data.status + "/" + data.day + ".ndjson"`.'),
    maxOpen: z
      .int()
      .min(1)
      .max(10_000)
      .default(100)
      .describe('With `root`, most files that are open at once; the one not written to for longest is closed.'),
    fsync: z
      .enum(['each', 'interval', 'never'])
      .default('interval')
      .describe(
        'When the disk must confirm: each call, once per `interval`, or never, which loses acked messages with the power.',
      ),
    interval: duration({ min: '1ms', max: '1h' })
      .prefault('100ms')
      .describe('With `fsync: interval`, how long a written message waits at most for its confirmation.'),
    rotate: rotate
      .optional()
      .describe('When a file is ended, renamed to `<name>-<UTC time>-<n>`, and another one begun.'),
    atomic: z
      .boolean()
      .default(false)
      .describe('Whether a file is seen only when it is complete and durable; needs `rotate` with `every`.'),
  })
  .superRefine(checkTogether)

type Options = z.output<typeof options>

/**
 * Appends messages to a file, as JSON, one a line; of a batch one line per part. With `root` and `to` to a file for each
 * path that the expression gives, which for a batch sees the batch.
 *
 * One process writes a file, or below a root: nothing keeps a second one out, and two would cut each other's lines off after
 * a failed write or at a start.
 *
 * Rotated by itself with `rotate`: between two messages, `x.ndjson` becomes `x-20261122T140000Z-1.ndjson`, or `-2` where that
 * is taken, and with `gzip` later `….gz`, which appears whole; a start finds what a killed process left uncompressed. Files
 * below a root that aren't open are ended when they are next written to. Or by others, by renaming: with each `fdatasync` the
 * path is looked at: where it leads to another file, or to none, what was written since the last one is taken back and fails
 * with SLUICE_FILE_MOVED, and what comes then goes to the file at the path, which is made if need be. Emptying the file in
 * place (`copytruncate`) loses what is written between the copy and the cut, acked or not. With `fsync: never` nothing is
 * looked at: after a rotation by others, restart.
 *
 * With `atomic` lines go to a hidden `.x.ndjson.sluice-part`, which gets the name of a rotated file when it is complete: by `size`,
 * by `every`, early where `maxHeld` or `maxUnacked` is reached (D21), where `maxOpen` is, and when the pipeline flushes or
 * ends. What a killed process has left of it is removed at the start.
 *
 * A path that an expression gives is relative, of names only, and leads over no symbolic link; what is in data can't leave
 * `root`, but decides how many files there are.
 *
 * Shape:  in any message with data that JSON can say.
 * Demand: as any consumer; with `fsync: interval` what is written and not confirmed is held, with `atomic` what is in files
 *         that are not complete (D21).
 * Acks:   after the `fdatasync` that covers the message (A8), so that an acked line survives the machine; with `atomic` when
 *         its file has its name; with `fsync: never` after the write, so that it survives the process. `keep` removes what
 *         was acked, counted as `rotated_removed`.
 * Errors: SLUICE_OUTPUT_NOT_JSON fails the message or part, SLUICE_FILE_PATH_INVALID and what `to` throws the message;
 *         SLUICE_FILE_FULL, SLUICE_FILE_WRITE_FAILED, SLUICE_FILE_SYNC_FAILED and SLUICE_FILE_ROTATE_FAILED are of the place,
 *         and leave no torn line behind; so is SLUICE_FILE_MOVED. On opening SLUICE_FILE_FORBIDDEN and
 *         SLUICE_FILE_UNUSABLE, or one of those where another try may do. A line that an earlier process left without its
 *         end is cut off. A file that can't be compressed or removed stays, counted and told in the log.
 */
const definition = defineConsumer({
  name: 'file',
  summary: 'Appends messages to files, a line of JSON each; rotates them.',
  options,
  short: 'path',
  io: true,
  holds: true,
  exclusive: (settings) => {
    const target = targetOf(settings)
    return 'path' in target ? `file ${resolve(target.path)}` : `root ${resolve(target.root)}`
  },
  create: (settings, context) => createFile(settings, context),
})
export default definition

/**
 * Appends messages to a file: `file({ path: 'ledger.ndjson' })`; or to one of several:
 * `file({ root: 'out', to: (payment: Payment) => `${payment.merchant}.ndjson` })`.
 */
export function file<T>(settings: CommonSettings & (OneFile | SeveralFiles<T>)): ConfiguredConsumer<T> {
  return configure(definition, settings)
}

type CommonSettings = Omit<OptionsOf<typeof definition>, 'path' | 'root' | 'to' | 'maxOpen'>
interface OneFile {
  readonly path: string
}
interface SeveralFiles<T> {
  readonly root: string
  /** The path of the file of a message, below `root`. */
  readonly to: string | ((data: T, message: Message<T>) => string)
  readonly maxOpen?: number | undefined
}

/** @param fileSystem the real one, unless a test has another. */
export function createFile(
  settings: Options,
  context: WorkerContext,
  fileSystem: OutputFileSystem = realFileSystem,
): HandleConsumer {
  const files = new OutputFiles({ ...settings, target: targetOf(settings) }, context, fileSystem)
  return {
    open: () => files.open(),
    handle: (messages, call) => files.handle(messages, call),
    flush: (reason) => files.flush(reason),
    stop: () => files.stop(),
  }
}

/** That there is one is checked with the options. */
function targetOf({ path, root, to }: Options): Target {
  return path === undefined ? { root: root!, to: to! } : { path }
}

function checkTogether(given: Options, context: z.RefinementCtx): void {
  for (const message of problemsOf(given)) context.addIssue({ code: 'custom', message, input: given })
}

function* problemsOf({ path, root, to, fsync, rotate: rotation, atomic }: Options): Generator<string> {
  if (path !== undefined && (root !== undefined || to !== undefined)) {
    yield 'give either `path`, for one file, or `root` and `to`, for several'
  } else if (path === undefined && root === undefined && to === undefined) yield 'give `path`, or `root` and `to`'
  else if (path === undefined && to === undefined) yield '`root` needs `to`, which says the path of a message below it'
  else if (path === undefined && root === undefined) yield '`to` needs `root`, the folder that no path may leave'
  if (!atomic) return
  if (fsync !== 'interval')
    yield `\`fsync: ${fsync}\` does not go with \`atomic\`, which confirms a file when it is complete`
  if (rotation?.every === undefined) {
    yield '`atomic` needs `rotate` with `every`, which says how long a message waits at most until its file is complete'
  }
  if (rotation?.gzip === true) yield '`gzip` does not go with `atomic`, whose files do not change once they are seen'
}
