import { z } from 'zod'
import { defineProducer } from '../../../../src/core/component.ts'
import { bytes } from '../../../../src/kit/units.ts'

export default defineProducer({
  name: 'http',
  summary: 'A door.',
  options: z.strictObject({
    port: z.int().min(1).max(65_535).describe('Where it listens.'),
    path: z.string().startsWith('/', { error: 'must start with "/"' }).default('/'),
    reply: z.enum(['delivered', 'accepted']).default('delivered'),
    limit: bytes({ max: '1MiB' }).prefault('64KiB'),
    tags: z.array(z.string()).optional(),
  }),
  io: true,
  exclusive: ({ port }) => `port ${port}`,
  create: () => ({}),
})
