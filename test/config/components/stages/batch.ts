import { z } from 'zod'
import { defineStage } from '../../../../src/core/component.ts'
import { expression } from '../../../../src/kit/expression/schema.ts'
import { duration } from '../../../../src/kit/units.ts'

export default defineStage({
  name: 'batch',
  summary: 'Groups.',
  options: z.strictObject({
    size: z.int().min(1).max(10_000).default(100).describe('Largest batch, in messages.'),
    timeout: duration({ min: '1ms', max: '1h' }).prefault('1s'),
    by: expression().optional(),
  }),
  holds: true,
  parts: ({ size }) => size,
  create: () => ({ handle: () => undefined }),
})
