import type { ConfiguredStage } from '../../core/configured.ts'
import type { MaybePromise } from '../../core/component.ts'
import type { ProducerRun } from '../harness/run.ts'

/** What a component is tried with. */
export interface Samples {
  /** The options, where a definition is tried and not what its factory gave. */
  readonly options?: unknown
  /** Settings as they stand beside a component in a pipeline. */
  readonly settings?: object
  /** Stages that stand before the component, as `batch` before one that takes batches. */
  readonly before?: readonly ConfiguredStage<never, unknown>[]
  /** For stages and consumers: data that it takes well; at least three, all different. */
  readonly values?: readonly unknown[]
  /** Data that must fail its message. What else may come, as `undefined` or `{}`, is tried in any case. */
  readonly malformed?: readonly unknown[]
  /** For producers that are fed from outside: makes so many messages come. Not to wait until they have an outcome. */
  supply?(count: number, run: ProducerRun): MaybePromise<unknown>
  /** Runs before each check; what it gives runs after it. */
  prepare?(): MaybePromise<(() => MaybePromise<unknown>) | void>
}

/** What a handler may be given when nobody looks at what strangers send. */
export const ODD_VALUES: readonly unknown[] = [
  undefined,
  null,
  '',
  'text',
  Number.NaN,
  -1,
  true,
  [],
  [null],
  {},
  { data: null },
  10n,
  Symbol('odd'),
  new Map(),
  {
    toJSON(): never {
      throw new TypeError('this cannot be written')
    },
  },
]
