import type { ProducerHandlers, ReceiptProducerHandlers } from '../../../src/core/component.ts'
import type { ConsumerComponent, NodeSettings } from '../../../src/core/spec.ts'
import { asking, discarding, kernel, range, Source } from '../../support/kernel.ts'

export type Handlers = Partial<Record<keyof (ProducerHandlers & ReceiptProducerHandlers), unknown>>

interface Surroundings {
  readonly settings?: NodeSettings
  readonly sink?: ConsumerComponent
}

/** A producer with handlers of a test, in front of a consumer with a demand window of five. */
export function producing(
  handlers: (source: Source) => Handlers,
  { settings = {}, sink = discarding }: Surroundings = {},
) {
  const source = new Source()
  const create = (context: typeof source.context): ReceiptProducerHandlers => {
    source.context = context
    const { settle } = source.component.create(context) as ReceiptProducerHandlers
    return { settle, ...handlers(source) } as ReceiptProducerHandlers
  }
  const made = kernel(
    {
      source: { component: { ...source.component, create }, settings },
      sink: { component: sink, from: [asking('source', 5)] },
    },
    { stopTimeoutMs: 1000 },
  )
  return { ...made, source }
}

/** Gives so many numbers, as it is asked. */
export function counting(source: Source, upTo: number): Handlers {
  let next = 0
  return {
    handleDemand: (asked: number) => {
      const values = range(Math.min(asked, upTo - next), next)
      next += values.length
      if (next === upTo) source.context.end()
      return source.messages(values)
    },
  }
}

export function throwing(thrown: unknown): never {
  throw thrown
}

export function fails(): never {
  throw new Error('no')
}
