import { z } from 'zod'

/**
 * An option that only code can give, such as a function. What stands there in a file is refused with `advice`, which
 * says where to go instead; describe the option with it too, for those who leave it out.
 */
export function codeOption<T>(isGiven: (value: unknown) => value is T, advice: string): z.ZodType<T, T> {
  const schema = z.custom<T>(isGiven, { error: `only code can give this: ${advice}` })
  // No value that can be written in a file is right.
  schema._zod.toJSONSchema = () => ({ not: {}, format: 'sluice-code' })
  // What is said of an option goes to a copy of its schema, which has none of the above: that stands inside.
  return schema.transform((value) => value)
}
