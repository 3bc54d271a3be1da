import { z } from 'zod'
import { defineConsumer } from '../../../../src/core/component.ts'

export default defineConsumer({
  name: 'discard',
  summary: 'For what nobody needs.',
  options: z.strictObject({}),
  create: () => ({ each: () => undefined }),
})
