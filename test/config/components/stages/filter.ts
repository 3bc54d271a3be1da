import { z } from 'zod'
import { defineStage } from '../../../../src/core/component.ts'
import { expression } from '../../../../src/kit/expression/schema.ts'

export default defineStage({
  name: 'filter',
  summary: 'Passes on what fits.',
  options: z.strictObject({
    when: expression().describe('Which messages pass.'),
    reject: z.boolean().default(false).describe('Whether the others fail.'),
  }),
  short: 'when',
  create: ({ when }) => ({ filter: (_data: unknown, message) => when(message) === true }),
})
