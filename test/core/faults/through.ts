import type { StageContext } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import type { StageComponent } from '../../../src/core/spec.ts'
import { kernel, Sink, Source, stage, type Kernel } from '../../support/kernel.ts'
import type { ManualEnv } from '../../support/manual-env.ts'

interface Through extends Kernel<ManualEnv> {
  readonly source: Source
  readonly sink: Sink
  /** Sorted. */
  outcomes(): string[]
}

/** Runs `upTo` messages through a stage, without time passing. */
export function through(
  component: StageComponent,
  { upTo = 3, ...settings }: { upTo?: number; concurrency?: number; timeoutMs?: number; giveUpAfterMs?: number } = {},
): Through {
  const source = new Source({ upTo })
  const sink = new Sink()
  const made = kernel({
    source: { component: source.component },
    stage: { component, from: ['source'], settings },
    sink: { component: sink.component, from: ['stage'] },
  })
  return { ...made, source, sink, outcomes: () => source.outcomes.toSorted() }
}

/** A stage of the `handle` shape. */
export const handle = (
  handler: (messages: readonly Message[], context: StageContext) => unknown,
  holds = false,
): StageComponent =>
  stage((context) => ({ handle: (messages) => handler(messages, context) as readonly Message[] }), { holds })
