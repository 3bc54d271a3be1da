import { z } from 'zod'
import { defineConsumer, type CallInfo } from '../core/component.ts'
import { configure, type ConfiguredConsumer } from '../core/configured.ts'
import type { Message } from '../core/message.ts'
import { codeOption } from '../kit/code-option.ts'
import type { Handler } from '../kit/expression/compile.ts'

const ADVICE = 'write the pipeline in TypeScript, or a plugin with `defineConsumer`'

/**
 * Gives each message to a function, from TypeScript: `each(async (payment, message, { signal }) => …)`. In a file a
 * consumer of one's own is a plugin, made by `defineConsumer`.
 *
 * Shape:  in any message.
 * Demand: as any consumer; where the function is asynchronous, up to `concurrency` calls are in flight.
 * Acks:   when the function has returned, or what it returned has resolved.
 * Errors: what the function throws or rejects with is of the message, unless it is a `placeError`, or more than half of
 *         the last 20 calls failed with one code (A3); SLUICE_CALL_TIMEOUT is of the place.
 * Source: Array.prototype.forEach.
 */
const definition = defineConsumer({
  name: 'each',
  summary: 'Gives each message to a function.',
  options: z.strictObject({
    handler: codeOption((value): value is Handler => typeof value === 'function', ADVICE).describe(
      `A function of data, message and call, also an asynchronous one. Only code can give it: ${ADVICE}.`,
    ),
  }),
  short: 'handler',
  // What a consumer's function is for, mostly: then many failures with one code are an outage (A3).
  io: true,
  create: ({ handler }) => ({ each: handler }),
})
export default definition

/** Gives each message to a function: `each(async (payment, message, { signal }) => db.insert(payment, { signal }))`. */
export function each<In>(handler: (data: In, message: Message<In>, call: CallInfo) => unknown): ConfiguredConsumer<In> {
  return configure(definition, { handler })
}
