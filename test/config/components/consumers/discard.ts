import { z } from 'zod'
import { defineConsumer } from '../../../../src/core/component.ts'

export default defineConsumer({
  name: 'discard',
  summary: 'For what nobody needs.',
  // One of each kind of schema that the other components of these tests don't have.
  options: z.strictObject({
    headers: z.record(z.string().regex(/^[a-z-]+$/, { error: 'must be in small letters' }), z.string()).optional(),
    step: z.number().gt(0).multipleOf(5).nullable().optional(),
    range: z.tuple([z.int(), z.int()]).optional(),
    when: z.discriminatedUnion('on', [z.strictObject({ on: z.literal('size'), bytes: z.int() })]).optional(),
    email: z.email().optional(),
    prefix: z.string().startsWith('/').endsWith('/').includes('a').optional(),
    sum: z.array(z.int()).max(2).optional(),
  }),
  create: () => ({ each: () => undefined }),
})
