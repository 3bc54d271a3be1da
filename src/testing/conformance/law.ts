import type { Definition } from '../../core/component.ts'
import type { Bench } from './bench.ts'

/** One rule, and how a component is held to it. */
export interface Law {
  /** Of PROTOCOL.md (`D2`, `A9`) or of the Reactive Streams specification (`RS 1.1`). */
  readonly rule: string
  /** What the component does that keeps to it. */
  readonly claim: string
  /** Whether it can be said of this component; of any, where it is left out. */
  appliesTo?(definition: Definition): boolean
  judge(bench: Bench): Promise<void>
}

export function isProducer({ kind }: Definition): boolean {
  return kind === 'producer'
}
export function isWorker({ kind }: Definition): boolean {
  return kind !== 'producer'
}
export function isStage({ kind }: Definition): boolean {
  return kind === 'stage'
}
export function isHolder(definition: Definition): boolean {
  return definition.kind !== 'producer' && definition.holds === true
}
