import { defineStage, duration } from 'sluice'
import { z } from 'zod'

/** A stage that takes its time, as a database that is overloaded, or somebody else's service. */
export default defineStage({
  name: 'slow',
  summary: 'Lets every message wait for a while, one after the other.',
  options: z.strictObject({ each: duration().describe('How long each message takes.') }),
  short: 'each',
  create: ({ each }, { clock }) => ({
    map: (data: unknown) => (each === 0 ? data : new Promise((resolve) => void clock.after(each, () => resolve(data)))),
  }),
})
