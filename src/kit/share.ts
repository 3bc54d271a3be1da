import { z } from 'zod'
import { quote } from './text.ts'

/** Digits are bounded: a share of less than a millionth is none. */
const PERCENT = /^\d{1,3}(?:\.\d{1,4})?%$/

/** A share in config: text such as "10%", or a number such as 0.1; gives a number from 0 to 1. */
export function share(): z.ZodType<number, string | number> {
  const percent = z
    .string()
    .regex(PERCENT, { error: ({ input }) => `${quote(String(input))} is not a share: write "10%" or 0.1`, abort: true })
    .transform((text, context) => {
      const value = Number(text.slice(0, -1)) / 100
      if (value <= 1) return value
      context.addIssue({ code: 'custom', message: 'must be at most "100%"' })
      return z.NEVER
    })
  return z.union([z.number().min(0).max(1, { error: inPercent }), percent])
}

function inPercent({ input }: { readonly input?: unknown }): string {
  return `must be at most 1; ${String(input)} % is written "${String(input)}%"`
}
