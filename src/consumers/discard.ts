import { z } from 'zod'
import { defineConsumer } from '../core/component.ts'

/**
 * Throws messages away; the node's own counters say how many there were.
 *
 * Shape:  in any message.
 * Demand: as any consumer.
 * Acks:   each message at once.
 * Errors: none.
 */
export default defineConsumer({
  name: 'discard',
  summary: 'Throws messages away, to measure or to try what is before it.',
  options: z.strictObject({}),
  create: () => ({ each: () => undefined }),
})
