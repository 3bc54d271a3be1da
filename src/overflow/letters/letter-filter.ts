import type { Entry } from './letter-index.ts'

/** Which letters; all that is said must hold. */
export interface LetterFilter {
  /** The node that failed it. */
  readonly node?: string
  /** Of its error. */
  readonly code?: string
  /** Failed before, or at or after, this time, ms since 1970. */
  readonly before?: number
  readonly since?: number
  /** Somewhere in its id. */
  readonly text?: string
}

export interface LetterPage {
  readonly filter?: LetterFilter
  /** By when they failed. */
  readonly order?: 'newest' | 'oldest'
  /** The `next` of the page before. */
  readonly after?: string
  /** 100 where nothing is said; 1,000 at most. */
  readonly count?: number
}

const USUAL_PAGE = 100
const LONGEST_PAGE = 1000
/** Times as many as fit on a page may be kept before they are sorted. */
const SORTED_FROM = 4

export function matches({ node, code, before, since, text }: LetterFilter, entry: Entry): boolean {
  if (node !== undefined && entry.node !== node) return false
  if (code !== undefined && entry.code !== code) return false
  if (before !== undefined && entry.failedAt >= before) return false
  if (since !== undefined && entry.failedAt < since) return false
  return text === undefined || entry.id.includes(text)
}

/** The entries of a page, in order, and where the next one begins; one pass, in the memory of a few pages. */
export function pageOf(
  entries: Iterable<Entry>,
  { filter = {}, order = 'newest', after, count = USUAL_PAGE }: LetterPage,
): { readonly found: readonly Entry[]; readonly next: string | undefined } {
  const length = Math.max(1, Math.min(count, LONGEST_PAGE))
  const compare = order === 'newest' ? (a: Spot, b: Spot) => compareSpots(b, a) : compareSpots
  const start = after === undefined ? undefined : spotOf(after)
  let found: Entry[] = []
  for (const entry of entries) {
    if (!matches(filter, entry) || (start !== undefined && compare(entry, start) <= 0)) continue
    found.push(entry)
    if (found.length >= SORTED_FROM * (length + 1)) found = found.toSorted(compare).slice(0, length + 1)
  }
  found = found.toSorted(compare)
  const page = found.slice(0, length)
  const last = page.at(-1)
  return { found: page, next: found.length > length && last ? `${last.failedAt} ${last.id}` : undefined }
}

/** A place in the order of letters. */
interface Spot {
  readonly failedAt: number
  readonly id: string
}

function compareSpots(a: Spot, b: Spot): number {
  if (a.failedAt !== b.failedAt) return a.failedAt - b.failedAt
  if (a.id === b.id) return 0
  return a.id < b.id ? -1 : 1
}

function spotOf(cursor: string): Spot {
  const space = cursor.indexOf(' ')
  return { failedAt: Number(cursor.slice(0, space)), id: cursor.slice(space + 1) }
}
