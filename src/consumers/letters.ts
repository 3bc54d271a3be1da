import { resolve } from 'node:path'
import { z } from 'zod'
import { pathText } from '../kit/path-option.ts'
import {
  defineConsumer,
  type CallInfo,
  type HandleConsumer,
  type OptionsOf,
  type WorkerContext,
} from '../core/component.ts'
import { configure, type ConfiguredConsumer } from '../core/configured.ts'
import type { Letter } from '../core/letter.ts'
import type { Message } from '../core/message.ts'
import { dataFolderHere } from '../kit/data-folder.ts'
import { bytes } from '../kit/units.ts'
import { asLetter } from '../overflow/letters/as-letter.ts'
import type { Draft } from '../overflow/letters/letter-frame.ts'
import { LetterStore, type LetterStoreOptions } from '../overflow/letters/letter-store.ts'
import { announceLetterStore } from '../overflow/letters/open-stores.ts'
import { problemText } from '../overflow/log/problem-text.ts'
import type { LogProblem } from '../overflow/log/problem.ts'

const options = z.strictObject({
  folder: pathText
    .optional()
    .describe(
      'Where they are stored, on a local disk; seen from the folder of the file of the pipeline. Without it `<pipeline>/<node>`, which is `<pipeline>/dead-letters` under `deadLetters`, in SLUICE_DATA_DIR, or in `.sluice` beside the file of the pipeline.',
    )
    .meta({ 'x-data-folder': true }),
  limit: bytes({ min: '1MiB' })
    .prefault('1GiB')
    .describe(
      'Most bytes on disk. A letter may take an eighth; letters fill seven eighths, and a million of them any.',
    ),
})

type Options = z.output<typeof options>

/**
 * Stores dead letters on the local disk, for `sluice dead-letters`; what `deadLetters` has by default.
 *
 * Letters are JSON, which keeps less than the message had: what is undefined and functions are left out, objects of
 * classes become plain ones. Bytes, dates, maps, sets, bigints, NaN and Infinity are kept, by marks such as
 * `{"$bytes":"…"}`.
 *
 * Shape:  in messages whose `data` is a `Letter`; one with the id of another replaces that.
 * Demand: as any consumer.
 * Acks:   when the disk has confirmed the letter (A8), so that it survives the process and the power.
 * Errors: SLUICE_LETTER_INVALID, SLUICE_LETTER_NOT_JSON and SLUICE_LETTER_TOO_LARGE fail the message. Of the place are
 *         SLUICE_LETTERS_FULL, SLUICE_LOG_FULL_DISK, SLUICE_LOG_WRITE_FAILED and SLUICE_LOG_SYNC_FAILED, after which the
 *         store stays open; on opening SLUICE_LOG_LOCKED, SLUICE_LOG_FORBIDDEN, SLUICE_LOG_UNUSABLE and SLUICE_LOG_NEWER.
 *         Damaged bytes are named in the log, and kept in a file beside.
 */
const definition = defineConsumer({
  name: 'letters',
  summary: 'Stores dead letters on the local disk, bounded and safe from crashes.',
  options,
  short: 'folder',
  io: true,
  exclusive: ({ folder }) => (folder === undefined ? undefined : `folder ${resolve(folder)}`),
  create: (settings, context) => createLetters(settings, context),
})
export default definition

/** Stores dead letters on the local disk: `letters({ limit: '10GiB' })`. */
export function letters(settings: OptionsOf<typeof definition> = {}): ConfiguredConsumer<Letter> {
  return configure(definition, settings)
}

/** @param store for a test: other files, another lock. */
export function createLetters(
  { folder, limit }: Options,
  context: WorkerContext,
  store: Partial<LetterStoreOptions> = {},
): HandleConsumer {
  const { pipeline, node, clock, log, metrics } = context
  let opened: LetterStore | undefined
  let retract: (() => void) | undefined

  function report(problem: LogProblem): void {
    metrics.add(`${problem.kind}_bytes`, problem.bytes)
    log.warn(problemText(problem), { node, ...problem })
  }

  return {
    async open() {
      const place = resolve(folder ?? dataFolderHere(pipeline, node))
      opened = await LetterStore.open({ folder: place, limit, now: () => clock.date(), report, ...store })
      retract = announceLetterStore({ pipeline, node, store: opened })
    },
    async handle(messages: readonly Message<never>[], _call: CallInfo) {
      const drafted = draftsOf(messages, opened!, context.fail)
      const { count, error } = await opened!.store(drafted.map(({ draft }) => draft))
      // What is stored is acked, however little it is: otherwise a call too large for what is left would never end.
      for (const { message } of drafted.slice(count)) context.fail(message, error)
    },
    async stop() {
      retract?.()
      // What was retried and delivered meanwhile is removed: it would be delivered twice.
      await opened?.retriesEnded()
      await opened?.close()
    },
  }
}

/** What can't be stored is failed and left out. */
function draftsOf(
  messages: readonly Message[],
  store: LetterStore,
  fail: WorkerContext['fail'],
): { readonly message: Message; readonly draft: Draft }[] {
  return messages.flatMap((message) => {
    try {
      return [{ message, draft: store.draft(asLetter(message.data)) }]
    } catch (error) {
      fail(message, error)
      return []
    }
  })
}
