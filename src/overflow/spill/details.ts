import type { WrittenNumbers } from './number-column.ts'

/** What messages carry beside data, id and key. */
export interface Details {
  readonly headers: Readonly<Record<string, string>>
  /** Event time; ms since 1970. */
  readonly time: number
  readonly priority: number
  readonly deadline: number | undefined
  readonly attempt: number
  readonly sizeBytes: number
}

/** The same of many, column by column. What is left out is for each of them as whoever reads it takes for usual. */
export interface WrittenDetails {
  readonly times?: WrittenNumbers
  readonly priorities?: WrittenNumbers
  readonly attempts?: WrittenNumbers
  readonly sizes?: WrittenNumbers
  readonly deadlines?: WrittenNumbers
  /** Sets of headers that occur, and which of them each message has. */
  readonly headers?: { readonly sets: readonly Readonly<Record<string, string>>[]; readonly which: WrittenNumbers }
}

export const NAMES_OF_DETAILS = ['times', 'priorities', 'attempts', 'sizes', 'deadlines', 'headers'] as const

/** What is usual in a frame. */
export const USUAL: Details = {
  headers: Object.freeze({}),
  time: 0,
  priority: 4,
  deadline: undefined,
  attempt: 1,
  sizeBytes: 0,
}

/**
 * What is usual in a batch: what the batch carries. Attempts of parts are counted from those of the batch, because when it
 * is delivered again, so are they.
 */
export function usualInBatch({ headers, time, priority, deadline, sizeBytes }: Details): Details {
  return { headers, time, priority, deadline, attempt: 0, sizeBytes }
}
