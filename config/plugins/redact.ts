import { defineStage } from 'sluice'
import { z } from 'zod'

/** A stage that blanks fields which nobody downstream should see, such as card numbers. */
export default defineStage({
  name: 'redact',
  summary: 'Blanks the named fields.',
  options: z.strictObject({ fields: z.array(z.string()).min(1).describe('Fields of `data` to blank.') }),
  short: 'fields',
  create: ({ fields }) => ({
    map: (data: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(data).map(([name, value]) => [name, fields.includes(name) ? null : value])),
  }),
})
