import { z } from 'zod'
import {
  defineConsumer,
  defineProducer,
  type CallInfo,
  type MaybePromise,
  type MessageDetails,
  type ProducerContext,
  type Receipt,
} from '../../src/core/component.ts'
import type { Message } from '../../src/core/message.ts'
import type { Part } from './pipeline.ts'

/** What a test feeds, and what it hears of it. */
export interface Feed extends Part {
  push(values: readonly unknown[], details?: MessageDetails): void
  end(): void
  readonly receipts: Receipt[]
  /** Outcomes as `<data>: acked` or `<data>: <code>`, in the order in which they came. */
  readonly outcomes: string[]
}

/** A producer in a test's hand. */
export function feed(options: { readonly maxUnacked?: number } = {}): Feed {
  let context: ProducerContext | undefined
  const receipts: Receipt[] = []
  const outcomes: string[] = []
  const component = defineProducer({
    name: 'feed',
    summary: 'Gives what a test pushes.',
    options: z.strictObject({}),
    outcomes: true,
    create: (_options, given) => {
      context = given
      return {
        queue: { messages: 1_000_000, bytes: 1024 ** 4, whenFull: 'reject' },
        settle: (told) => {
          for (const receipt of told) {
            receipts.push(receipt)
            outcomes.push(`${labelOf(receipt.message.data)}: ${outcomeOf(receipt)}`)
          }
        },
      }
    },
  })
  return {
    component,
    settings: options.maxUnacked === undefined ? {} : { maxUnacked: { parts: options.maxUnacked } },
    receipts,
    outcomes,
    push: (values, details) => {
      const taken = context!.emit(values.map((value) => context!.message(value, details)))
      if (taken < values.length) throw new Error(`only ${taken} of ${values.length} were taken`)
    },
    end: () => context!.end(),
  }
}

function labelOf(data: unknown): string {
  return JSON.stringify(data, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}

function outcomeOf({ outcome, error }: Receipt): string {
  return outcome === 'acked' ? outcome : String((error as { code?: string }).code ?? error)
}

export interface Collection extends Part {
  readonly messages: Message[]
  readonly values: unknown[]
}

/** A consumer that remembers; `handler` may wait or throw for a message. */
export function collect(
  handler: (data: unknown, message: Message, call: CallInfo) => MaybePromise<void> = () => {},
): Collection {
  const messages: Message[] = []
  const values: unknown[] = []
  const component = defineConsumer({
    name: 'collect',
    summary: 'Remembers what comes.',
    options: z.strictObject({}),
    create: () => ({
      each: (data: unknown, message: Message, call: CallInfo) => {
        messages.push(message)
        values.push(data)
        return handler(data, message, call)
      },
    }),
  })
  return { component, messages, values }
}

/** A consumer that keeps what it gets until it is let go. */
export function gate(): Collection & { open: () => void } {
  let isOpen = false
  const waiting: (() => void)[] = []
  const output = collect(() => (isOpen ? undefined : new Promise<void>((resolve) => void waiting.push(resolve))))
  return {
    ...output,
    settings: { demand: { max: 1 }, timeoutMs: 60_000 },
    open: () => {
      isOpen = true
      for (const resolve of waiting.splice(0)) resolve()
    },
  }
}
