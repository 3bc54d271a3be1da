import { z } from 'zod'

/** The path of a file or a folder, as an option. */
export const pathText = z
  .string()
  .min(1)
  .max(4096)
  .refine((path) => !path.includes('\0'), { error: 'a path has no NUL in it' })
