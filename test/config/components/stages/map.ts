import { z } from 'zod'
import { defineStage } from '../../../../src/core/component.ts'
import { fieldsExpression } from '../../../../src/kit/expression/schema.ts'

export default defineStage({
  name: 'map',
  summary: 'Makes a value of each.',
  options: z.strictObject({ to: fieldsExpression().describe('What each message becomes.') }),
  short: 'to',
  create: ({ to }) => ({ map: (_data: unknown, message) => to(message) }),
})
