import { z } from 'zod'
import type { SluiceError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import { printable } from '../text.ts'
import { codeOfStatus, type Reading } from './verdict.ts'

/** Longest piece of what is said of one value, in UTF-16 units. */
const LONGEST_ECHO = 300

/** Where in an answer a list stands; `.` goes further in, and alone it is the answer itself. */
const path = z
  .string()
  .max(256)
  .regex(/^(?:\.|[^.\s]+(?:\.[^.\s]+)*)$/, { error: 'write the names of fields with dots between, as "result.items"' })

/** How a server says of each value of a request what became of it. */
export const resultsOption = z
  .strictObject({
    failed: path.optional().describe('List of those that failed only, each with its `index` in the request.'),
    each: path.optional().describe('List with one entry per value, in order, each with a `status`.'),
  })
  .refine(({ failed, each }) => (failed === undefined) !== (each === undefined), {
    error: 'give one of `failed` and `each`',
  })

export type ResultsOption = z.output<typeof resultsOption>

/** A good answer to a request of several values, read. */
export interface Told {
  readonly answer: unknown
  /** Values that were sent. */
  readonly count: number
  masked(text: string): string
}

/**
 * What became of each value of a request: nothing where it was taken, otherwise an error of the message or of the place,
 * by its status; without one it is of the message.
 *
 *     { failed: failed }  { "accepted": 1, "failed": [{ "index": 1, "code": "NO_IBAN" }] }       as our own door answers
 *     { each: items }     { "items": [{ "status": 201 }, { "create": { "status": 429 } }] }     as of bulk interfaces
 *
 * An entry may be an object of one field that holds the entry. What it says beside its status becomes the error's text.
 *
 * @throws SLUICE_REQUEST_ANSWER_INVALID for an answer that says it in no such way: nobody knows what became of which
 */
export function outcomesOf(
  { failed, each }: ResultsOption,
  told: Told,
  statuses: Reading['statuses'],
): readonly (SluiceError | undefined)[] {
  const reading = { statuses, hasOwnPath: true } // What isn't there is the affair of the value that wanted it.
  if (failed !== undefined) return ofFailed(listAt(failed, told), told, reading)
  const list = listAt(each!, told)
  if (list.length !== told.count)
    throw invalid(`\`${each}\` has ${list.length} entries, and ${told.count} values were sent`)
  return list.map((entry, index) => {
    const { status, text } = entryOf(entry, told)
    if (status === undefined) throw invalid(`entry ${index} of \`${each}\` has no \`status\``)
    return errorOf(status, text, { told, reading, index })
  })
}

function ofFailed(list: readonly unknown[], told: Told, reading: Reading): (SluiceError | undefined)[] {
  const outcomes = Array.from<SluiceError | undefined>({ length: told.count })
  for (const entry of list) {
    const { index, status, text } = entryOf(entry, told)
    if (index === undefined || index >= told.count) {
      throw invalid(`an entry of those that failed has no \`index\` from 0 to ${told.count - 1}`)
    }
    outcomes[index] = errorOf(status, text, { told, reading, index }) ?? rejected(text, { told, reading, index })
  }
  return outcomes
}

/** What one entry says. */
interface Entry {
  readonly index: number | undefined
  readonly status: number | undefined
  readonly text: string
}

function entryOf(given: unknown, told: Told): Entry {
  const entry = innermost(given)
  const { index, status } = entry
  return {
    index: Number.isInteger(index) && (index as number) >= 0 ? (index as number) : undefined,
    status:
      Number.isInteger(status) && (status as number) >= 100 && (status as number) < 600
        ? (status as number)
        : undefined,
    text: printable(told.masked(JSON.stringify(entry)), LONGEST_ECHO),
  }
}

/** `{ "create": { "status": 201 } }` is what is in it. */
function innermost(given: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(given)) return {}
  const fields = Object.values(given)
  return fields.length === 1 && isObject(fields[0]) ? fields[0] : given
}

interface Where {
  readonly told: Told
  readonly reading: Reading
  readonly index: number
}

function errorOf(status: number | undefined, text: string, where: Where): SluiceError | undefined {
  if (status === undefined) return rejected(text, where)
  const code = codeOfStatus(status, where.reading)
  return code === undefined ? undefined : componentError(code, sentenceOf(text, where))
}

function rejected(text: string, where: Where): SluiceError {
  return componentError('SLUICE_REQUEST_REJECTED', sentenceOf(text, where))
}

function sentenceOf(text: string, { told: { count }, index }: Where): string {
  return `the server does not take value ${index + 1} of ${count}: ${text}`
}

function listAt(way: string, told: Told): readonly unknown[] {
  let value = told.answer
  for (const name of way === '.' ? [] : way.split('.')) {
    value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
  }
  if (Array.isArray(value)) return value as readonly unknown[]
  throw invalid(`there is no list at \`${way}\``)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(problem: string): SluiceError {
  return componentError(
    'SLUICE_REQUEST_ANSWER_INVALID',
    `the answer doesn't say what became of which value: ${problem}`,
  )
}
