import { z } from 'zod'
import type { LetterFilter, LetterPage } from '../overflow/letters/letter-filter.ts'
import { printable } from '../kit/text.ts'
import { daemonError, type DaemonErrorCode } from './errors.ts'

/** Letters that one request may name. */
export const MOST_LETTERS = 1000

/** A time as ISO 8601, or in ms since 1970. */
const time = z.union([z.number(), z.string()]).transform((given, context) => {
  const ms = typeof given === 'number' || /^\d+$/.test(given) ? Number(given) : Date.parse(given)
  if (Number.isFinite(ms)) return ms
  context.addIssue({ code: 'custom', message: 'a time is ISO 8601, as 2026-01-31T12:00:00Z, or in ms since 1970' })
  return z.NEVER
})
const name = z.string().min(1).max(4096)
const filter = z.strictObject({
  node: name.optional(),
  code: name.optional(),
  text: name.optional(),
  since: time.optional(),
  before: time.optional(),
})
const page = filter.extend({
  order: z.enum(['newest', 'oldest']).optional(),
  count: z.coerce.number().int().min(1).max(MOST_LETTERS).optional(),
  after: name.optional(),
})
const ids = z.strictObject({ ids: z.array(name).min(1).max(MOST_LETTERS) })
const some = z.strictObject({ filter, after: name.optional() })

/** Which letters a request is about. */
export type Chosen =
  | { readonly ids: readonly string[] }
  | { readonly filter: LetterFilter; readonly after?: string | undefined }

/** @throws SLUICE_ADMIN_QUERY_INVALID */
export function filterIn(query: Readonly<Record<string, string>>): LetterFilter {
  return checked(filter, query, 'SLUICE_ADMIN_QUERY_INVALID') as LetterFilter
}

/** @throws SLUICE_ADMIN_QUERY_INVALID */
export function pageIn(query: Readonly<Record<string, string>>): LetterPage {
  const { order, count, after, ...rest } = checked(page, query, 'SLUICE_ADMIN_QUERY_INVALID')
  return { order, count, after, filter: rest } as LetterPage
}

/** @throws SLUICE_ADMIN_BODY_INVALID */
export function chosenIn(body: string): Chosen {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw daemonError('SLUICE_ADMIN_BODY_INVALID', 'the body is not JSON')
  }
  const isOfIds = typeof value === 'object' && value !== null && 'ids' in value
  return checked(isOfIds ? ids : some, value, 'SLUICE_ADMIN_BODY_INVALID') as Chosen
}

function checked<T extends z.ZodType>(schema: T, value: unknown, code: DaemonErrorCode): z.output<T> {
  const { data, error } = schema.safeParse(value)
  if (error === undefined) return data
  const [issue] = error.issues
  const place = issue!.path.length === 0 ? '' : `${printable(issue!.path.join('.'))}: `
  throw daemonError(code, `${place}${printable(issue!.message, 200)}`)
}
