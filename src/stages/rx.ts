import { z } from 'zod'
import { defineStage, type OptionsOf } from '../core/component.ts'
import { configure, type ConfiguredStage } from '../core/configured.ts'
import type { Message } from '../core/message.ts'
import { codeOption } from '../kit/code-option.ts'
import { RxRun, type Project, type RxTools } from '../kit/observable/rx-run.ts'
import type { Observable } from '../kit/observable/rx-types.ts'

const ADVICE = 'write the pipeline in TypeScript, or a plugin with `defineStage`'

/**
 * Puts operators of RxJS between messages that come in and those that come out; from TypeScript only, with `rxjs`
 * installed:
 *
 *     rx((messages$) => messages$.pipe(map((message) => message.with(message.data.price))))
 *     rx((messages$, { scheduler }) => messages$.pipe(debounceTime(200, scheduler)), { keep: 1 })
 *     rx((messages$, { scheduler, derive }) =>
 *       messages$.pipe(
 *         bufferTime(1_000, scheduler),
 *         map((messages) => derive(messages.length, messages)),
 *       ))
 *
 * What flows are messages: one that comes out is one that came in, with its own data or other by `with`, and takes its
 * outcome along. `derive` makes one of several, which end as it does; each can be in one only, so that of windows which
 * overlap, as of `pairwise`, only what leaves may be given. `drop` and `fail` end one that will not come out. `messages$` is
 * hot: what comes while nothing is subscribed to it has been left out, so that `switchMap(() => messages$)` loses what came before.
 *
 * Shape:  in any message, out messages, in the order in which the observable emits them.
 * Demand: what has not come out is held, up to `maxHeld`; then, as at a flush and at the end, the input completes, so
 *         that operators give what they have, and the next message begins with a new observable. What comes out beyond
 *         demand is kept (D4).
 * Acks:   *hold*: as it comes out. *drop*: a message that operators leave out silently, as `filter` does, stays held
 *         until the input completes, and is dropped then as `not-emitted`; `drop` and `keep` say so earlier: with `keep: n` of those that have not come out the
 *         newest n are kept, older ones are dropped as `superseded`, which is exact for `filter` (0) and for
 *         `debounceTime`, `sampleTime`, `auditTime`, `throttleTime`, `switchMap` (1). *multiply*: one that comes out
 *         several times while it is taken in has children; it can't come out again later. *complete early*: what has
 *         not come out, and what follows, fails, or is dropped by `whenCompleted: drop`.
 * Errors: an error of the observable starts the node again with a new observable, and what it held comes again, in order
 *         (D14). If it was emitted while messages were taken in, their call is tried in halves, and the one that causes
 *         it fails. SLUICE_RX_OUTPUT, SLUICE_RX_COMPLETED, SLUICE_RX_MISSING. A flush, and the end, wait for
 *         what has not come out, the end no longer than `stopTimeout`; an output that would go on without it is left.
 * Source: the operators of RxJS; its issue 4610, in which a buffer without bound ran out of memory.
 */
const definition = defineStage({
  name: 'rx',
  summary: 'Puts operators of RxJS into a pipeline.',
  options: z.strictObject({
    project: codeOption((value): value is Project => typeof value === 'function', ADVICE).describe(
      `A function of an observable of messages that gives another one. Only code can give it: ${ADVICE}.`,
    ),
    keep: z
      .int()
      .min(0)
      .max(1_000_000)
      .optional()
      .describe('Of messages that have not come out, so many of the newest are kept; all by default.'),
    parts: z
      .int()
      .min(1)
      .max(10_000)
      .default(1)
      .describe('Most messages of which `derive` makes one; demand downstream is reckoned with it.'),
    whenCompleted: z
      .enum(['fail', 'drop'])
      .default('fail')
      .describe('What happens to messages when the observable has completed by itself.'),
  }),
  short: 'project',
  holds: true,
  parts: ({ parts }) => parts,
  create: (options, context) => {
    const run = new RxRun(options, context)
    return {
      open: () => run.open(),
      handle: (messages) => run.handle(messages),
      flush: (reason) => run.flush(reason),
      stop: () => run.stop(),
    }
  },
})
export default definition

/** Puts operators of RxJS into a pipeline: `rx((messages$) => messages$.pipe(…), { keep: 1 })`. */
export function rx<In, Out>(
  project: (messages$: Observable<Message<In>>, tools: RxTools) => Observable<Message<Out>>,
  settings: Omit<OptionsOf<typeof definition>, 'project'> = {},
): ConfiguredStage<In, Out> {
  return configure(definition, { ...settings, project })
}
