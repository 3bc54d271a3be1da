import { z } from 'zod'
import type { IngressQueue } from '../core/component.ts'
import { bytes } from './units.ts'

/**
 * Options of a push producer, to be spread into its own: the bounded queue at its door, and what happens when it is
 * full (D2, D15). What they give is an `IngressQueue` once `ingressQueue` has put it together.
 */
export const queueOptions = {
  queue: z
    .strictObject({
      messages: z.int().min(1).max(10_000_000).default(10_000).describe('Most messages that wait.'),
      bytes: bytes({ min: '1KiB', max: '1TiB' })
        .prefault('64MiB')
        .describe('Most bytes that wait, as they are counted on the heap: twice what came over the wire.'),
    })
    .prefault({})
    .describe('What may wait here until the pipeline asks for it.'),
  whenFull: z
    .enum(['reject', 'drop-newest', 'drop-oldest'])
    .default('reject')
    .describe(
      'What happens when the queue is full: what comes is refused, or the newest or the oldest is dropped and counted.',
    ),
}

/** The parsed options as the kernel wants them. */
export function ingressQueue(options: {
  readonly queue: Omit<IngressQueue, 'whenFull'>
  readonly whenFull: IngressQueue['whenFull']
}): IngressQueue {
  const { messages, bytes: sizeBytes } = options.queue
  return { messages, bytes: sizeBytes, whenFull: options.whenFull }
}
