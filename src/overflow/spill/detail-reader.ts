import type { StoredDetails } from '../../core/overflow-store.ts'
import type { Details, WrittenDetails } from './details.ts'
import { numbersOf, type NumberRule } from './number-column.ts'

/** What was written of messages beside data, id and key. */
export class DetailReader {
  readonly times: readonly (number | undefined)[]
  readonly priorities: readonly (number | undefined)[]
  readonly attempts: readonly (number | undefined)[]
  readonly sizes: readonly (number | undefined)[]
  readonly deadlines: readonly (number | undefined)[]
  readonly #headers: readonly Readonly<Record<string, string>>[] | undefined
  readonly #usual: Details

  /** @throws TypeError where it isn't as it is written */
  constructor(
    written: WrittenDetails,
    count: number,
    { usual, leastAttempt }: { readonly usual: Details; readonly leastAttempt: number },
  ) {
    const column = (numbers: unknown, value: number | undefined, isRight: NumberRule) =>
      numbersOf(numbers === undefined ? value : numbers, count, isRight)
    const isAttempt = (value: number | undefined): boolean => Number.isInteger(value) && value! >= leastAttempt
    this.times = column(written.times, usual.time, Number.isFinite)
    this.priorities = column(written.priorities, usual.priority, isPriority)
    this.attempts = column(written.attempts, usual.attempt, isAttempt)
    this.sizes = column(written.sizes, usual.sizeBytes, isSize)
    this.deadlines = column(written.deadlines, usual.deadline, isDeadline)
    this.#headers = headersOf(written.headers, count)
    this.#usual = usual
  }

  headersAt(at: number): Readonly<Record<string, string>> {
    return this.#headers?.[at] ?? this.#usual.headers
  }

  /** Of a part, as it is stored. @param last of the part before it, which it shares where it can. */
  storedAt(at: number, last: StoredDetails | undefined): StoredDetails {
    const headers = this.headersAt(at)
    const [time, priority, deadline] = [this.times[at]!, this.priorities[at]!, this.deadlines[at]]
    const [attemptsAhead, sizeBytes] = [this.attempts[at]!, this.sizes[at]!]
    const isLast =
      last?.headers === headers &&
      last.time === time &&
      last.priority === priority &&
      last.deadline === deadline &&
      last.attemptsAhead === attemptsAhead &&
      last.sizeBytes === sizeBytes
    return isLast ? last : { headers, time, priority, deadline, attemptsAhead, sizeBytes }
  }
}

const isPriority: NumberRule = (value) => Number.isInteger(value) && value! >= 0 && value! <= 9
const isSize: NumberRule = (value) => Number.isFinite(value) && value! >= 0
const isDeadline: NumberRule = (value) => value === undefined || Number.isFinite(value)

function headersOf(
  headers: WrittenDetails['headers'],
  count: number,
): readonly Readonly<Record<string, string>>[] | undefined {
  if (headers === undefined) return undefined
  const { sets, which } = headers
  if (!Array.isArray(sets) || !sets.every(isSet)) throw new TypeError('there are headers that are no texts')
  for (const set of sets) Object.freeze(set)
  const isPlace: NumberRule = (at) => Number.isInteger(at) && at! >= 0 && at! < sets.length
  return numbersOf(which, count, isPlace).map((at) => sets[at!]!)
}

function isSet(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((text) => typeof text === 'string')
}
