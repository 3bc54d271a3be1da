import { z } from 'zod'
import type { Letter } from '../../core/letter.ts'
import { overflowError } from '../errors.ts'

/** What tells a letter from data that was sent here by mistake. */
const LETTER = z.looseObject({
  id: z.string(),
  messageId: z.string(),
  pipeline: z.string(),
  node: z.string(),
  error: z.looseObject({ message: z.string(), code: z.string().optional() }),
  attempts: z.number(),
  firstFailedAt: z.number(),
  failedAt: z.number(),
})

/** @throws SLUICE_LETTER_INVALID */
export function asLetter(data: unknown): Letter {
  const { error } = LETTER.safeParse(data)
  if (error === undefined) return data as Letter
  const [issue] = error.issues
  const place = issue!.path.length === 0 ? '' : `, at "${issue!.path.join('.')}"`
  throw overflowError('SLUICE_LETTER_INVALID', `the data is no letter: ${issue!.message}${place}`)
}
