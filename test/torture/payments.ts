/** What is posted; `size` says how long its note must be, wherever it is read. */
export interface Payment {
  readonly id: string
  readonly merchant: string
  readonly size: number
  readonly note: string
}

/** What has become of one body. */
export interface Letter {
  /** Its Idempotency-Key. */
  readonly key: string
  readonly ids: readonly string[]
  /** How often it was sent. */
  posts: number
  /** How many kills found it sent and not answered: each may have left its lines in the ledger. */
  exposures: number
  /** After how many kills it was answered 2xx. */
  confirmedAfter: number | undefined
}

const MERCHANTS = 20
const MOST_IN_A_LETTER = 20

export function makePayment(id: string, size: number, random: () => number): Payment {
  return { id, merchant: `m-${Math.floor(random() * MERCHANTS)}`, size, note: 'x'.repeat(size) }
}

/** A letter with one payment, more seldom with a list; some notes are longer than a page of memory. */
export function writeLetter(key: string, random: () => number): { readonly letter: Letter; readonly body: string } {
  const isMany = random() < 0.3
  const count = isMany ? 1 + Math.floor(random() * MOST_IN_A_LETTER) : 1
  const payments = Array.from({ length: count }, (_, index) =>
    makePayment(`${key}-${index}`, Math.floor(random() ** 6 * 20_000), random),
  )
  const ids = payments.map(({ id }) => id)
  return {
    letter: { key, ids, posts: 0, exposures: 0, confirmedAfter: undefined },
    body: JSON.stringify(isMany ? payments : payments[0]),
  }
}
