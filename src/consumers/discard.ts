import { z } from 'zod'
import { defineConsumer } from '../core/component.ts'
import { configure, type ConfiguredConsumer } from '../core/configured.ts'

/**
 * Throws messages away; the node's own counters say how many there were.
 *
 * Shape:  in any message.
 * Demand: as any consumer.
 * Acks:   each message at once.
 * Errors: none.
 */
const definition = defineConsumer({
  name: 'discard',
  summary: 'Throws messages away, to measure or to try what is before it.',
  options: z.strictObject({}),
  create: () => ({ each: () => undefined }),
})
export default definition

/** Throws messages away: `p.consumer('nowhere', payments, discard())`. */
export function discard(): ConfiguredConsumer<unknown> {
  return configure(definition, {})
}
