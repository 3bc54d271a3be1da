import type { StoredDetails } from '../../core/overflow-store.ts'
import type { Details, WrittenDetails } from './details.ts'
import { numbersOf, type WrittenNumbers } from './number-column.ts'

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
  constructor(written: WrittenDetails, count: number, usual: Details) {
    const column = (numbers: WrittenNumbers | undefined, value: number | undefined) =>
      numbersOf(numbers === undefined ? value : numbers, count)
    this.times = column(written.times, usual.time)
    this.priorities = column(written.priorities, usual.priority)
    this.attempts = column(written.attempts, usual.attempt)
    this.sizes = column(written.sizes, usual.sizeBytes)
    this.deadlines = column(written.deadlines, usual.deadline)
    this.#headers = headersOf(written, count)
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

function headersOf({ headers }: WrittenDetails, count: number): Readonly<Record<string, string>>[] | undefined {
  if (headers === undefined) return undefined
  for (const set of headers.sets) Object.freeze(set)
  return numbersOf(headers.which, count).map((at) => headers.sets[at ?? -1]!)
}
