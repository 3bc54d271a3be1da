import { z } from 'zod'
import { defineProducer } from '../../../../src/core/component.ts'

export default defineProducer({
  name: 'ticks',
  summary: 'Counts.',
  options: z.strictObject({
    count: z.int().min(1).max(1000).default(10),
    label: z.union([z.string(), z.int()]).default('tick'),
  }),
  short: 'count',
  create: () => ({}),
})
