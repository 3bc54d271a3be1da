import { isThenable } from '../core/call.ts'
import type { Kind } from '../registry/contract.ts'
import { Ref, type PipelineBuilder } from './builder-types.ts'
import { callSite } from './call-site.ts'
import { DEAD_LETTERS } from '../core/letter.ts'
import type { Place } from './errors.ts'

/** One call of a builder, as a program made it: nothing of it has been checked, for not every program is TypeScript. */
export interface NodeCall {
  readonly kind: Kind
  readonly from: unknown
  readonly configured: unknown
  readonly settings: unknown
  /** Whether it says where dead letters go; then it is a consumer that reads from nobody. */
  readonly isDeadLetters?: boolean
  /** What others read from. */
  readonly ref: Ref<never>
  readonly place: Place | undefined
}

/** What a program said while it defined a pipeline. */
export interface Recording {
  /** In their order. */
  readonly calls: readonly NodeCall[]
  /** Otherwise there was nothing to run. */
  readonly isFunction: boolean
  /** More may come when nobody listens any more. */
  readonly isAsync: boolean
}

/** A definition of a pipeline as a program wrote it. */
export interface Program extends Recording {
  readonly name: unknown
  readonly settings: unknown
}

/** Runs a definition, if it is one. @throws whatever it throws */
export function record(build: (p: PipelineBuilder) => unknown): Recording {
  const calls: NodeCall[] = []
  if (typeof build !== 'function') return { calls, isFunction: false, isAsync: false }
  const add = (name: unknown, call: Omit<NodeCall, 'ref'>): Ref<never> => {
    const ref = new Ref<never>(typeof name === 'string' ? name : '')
    calls.push({ ...call, ref })
    return ref
  }
  const p: PipelineBuilder = {
    producer: (name, configured, settings) =>
      add(name, { kind: 'producer', from: [], configured, settings, place: callSite(p.producer) }),
    // oxlint-disable-next-line eslint/max-params -- in the order in which YAML has them
    stage: (name, from, configured, settings) =>
      add(name, { kind: 'stage', from, configured, settings, place: callSite(p.stage) }),
    // oxlint-disable-next-line eslint/max-params
    consumer: (name, from, configured, settings) =>
      void add(name, { kind: 'consumer', from, configured, settings, place: callSite(p.consumer) }),
    deadLetters: (configured, settings) => {
      const place = callSite(p.deadLetters)
      add(DEAD_LETTERS, { kind: 'consumer', from: [], configured, settings, isDeadLetters: true, place })
    },
  }
  const given = build(p)
  if (isThenable(given)) given.then(undefined, () => {})
  return { calls: [...calls], isFunction: true, isAsync: isThenable(given) }
}
