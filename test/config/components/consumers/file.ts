import { z } from 'zod'
import { defineConsumer } from '../../../../src/core/component.ts'

export default defineConsumer({
  name: 'file',
  summary: 'A ledger.',
  options: z
    .strictObject({
      path: z.string().min(1),
      fsync: z.enum(['each', 'interval', 'never']).default('interval'),
      columns: z.array(z.string().regex(/^[a-z]+$/)).optional(),
      rotate: z.strictObject({ size: z.int().min(1), keep: z.number().positive().default(3) }).optional(),
    })
    .refine(({ path, fsync }) => path !== '/dev/null' || fsync === 'never', {
      error: '`fsync` means nothing for /dev/null',
    }),
  short: 'path',
  exclusive: ({ path }) => `file ${path}`,
  create: () => ({ each: () => undefined }),
})
