import { z } from 'zod'
import {
  defineConsumer,
  defineProducer,
  type ConsumerHandlers,
  type MessageDetails,
  type ProducerHandlers,
} from '../../src/core/component.ts'
import { bind, type NodeSettings, type PipelineSpec } from '../../src/core/spec.ts'

const NONE = z.strictObject({})

/** What the parts of a small pipeline do. */
export interface Parts {
  readonly name?: string
  readonly stopTimeoutMs?: number
  /** The data that the producer gives; it ends after them unless `isEndless`. */
  readonly data?: readonly unknown[]
  readonly isEndless?: boolean
  readonly producer?: ProducerHandlers
  readonly consumer?: ConsumerHandlers
  readonly settings?: NodeSettings
  /** Whether the producer wants outcomes, as one that has somebody to tell does. */
  readonly outcomes?: boolean
}

/** A pipeline of a producer `numbers` and a consumer `sink`. */
export function pipeline(parts: Parts = {}): PipelineSpec {
  const { name = 'small', stopTimeoutMs = 10_000, consumer = { each: () => undefined }, settings = {} } = parts
  const sink = defineConsumer({ name: 'sink', summary: 'x', options: NONE, create: () => consumer })
  return {
    name,
    stopTimeoutMs,
    memoryBytes: 100 * 1024 * 1024,
    nodes: [
      { name: 'numbers', component: bind(source(parts), {}), from: [], settings: {} },
      { name: 'sink', component: bind(sink, {}), from: [{ from: 'numbers' }], settings },
    ],
  }
}

function source({ data = [1, 2, 3], isEndless = false, producer, outcomes = false }: Parts) {
  const handlers = (make: (data: unknown, details?: MessageDetails) => never, end: () => void) => {
    const left = [...data]
    return {
      handleDemand(count: number) {
        const messages = left.splice(0, count).map((value) => make(value))
        if (left.length === 0 && !isEndless) end()
        return messages
      },
      ...producer,
    }
  }
  const base = { name: 'numbers', summary: 'x', options: NONE }
  return outcomes
    ? defineProducer({
        ...base,
        outcomes: true,
        create: (_, { message, end }) => ({ ...handlers(message as never, end), settle: () => undefined }),
      })
    : defineProducer({ ...base, create: (_, { message, end }) => handlers(message as never, end) })
}
