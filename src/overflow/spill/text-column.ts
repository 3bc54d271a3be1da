import { checked, NumberColumn, numbersOf, type WrittenNumbers } from './number-column.ts'

/**
 * Ids or keys of the messages of a frame, one for each, as JSON: one text where all are the same; else each is a head and a
 * number at its end. Heads are written once, numbers as the difference to the last one with the same head.
 *
 *     door:k3j4x2a9-1234, door:k3j4x2a9-1235, other     heads   ["door:k3j4x2a9-", "other"]
 *                                                       starts  [1233, null]
 *                                                       which   [0, 0, 1]
 *                                                       steps   [1, 1, null]
 */
export type WrittenTexts = string | null | WrittenHeads

interface WrittenHeads {
  readonly heads: readonly string[]
  /** One less than the first number with each head, so that numbers that are counted up have one step only. */
  readonly starts: readonly (number | null)[]
  /** −1 where there is no text. */
  readonly which: WrittenNumbers
  readonly steps: WrittenNumbers
}

const NONE = -1
/** Of the names of what it is made of. */
const NAMES_BYTES = 60
/** Of a head in its list, beside its characters, and of its start. */
const HEAD_BYTES = 22
/** More would not be exact. */
const MOST_DIGITS = 15
const ZERO = 0x30
const NINE = 0x39

export class TextColumn {
  readonly #heads = new Map<string, number>()
  readonly #starts: (number | null)[] = []
  readonly #lasts: number[] = []
  readonly #which = new NumberColumn()
  readonly #steps = new NumberColumn()
  #headBytes = NAMES_BYTES
  #first: string | undefined
  #isUniform = true
  #count = 0
  /** The head that was looked up last: most messages have that of the one before. */
  #lastHead: string | undefined
  #lastIndex = 0

  /** What it takes as JSON, about; never much less. */
  get bytes(): number {
    return this.#isUniform ? this.#headBytes : this.#headBytes + this.#which.bytes + this.#steps.bytes
  }

  push(text: string | undefined): void {
    if (this.#count++ === 0) this.#first = text
    else if (text !== this.#first) this.#isUniform = false
    if (text === undefined) return this.#put(NONE, undefined)
    const at = startOfNumber(text)
    const number = numberFrom(text, at)
    const index = this.#indexOf(text, at)
    if (number === undefined) return this.#put(index, undefined)
    this.#starts[index] ??= number - 1
    this.#put(index, number - (this.#lasts[index] ?? number - 1))
    this.#lasts[index] = number
  }

  written(): WrittenTexts {
    if (this.#isUniform) return this.#first ?? null
    const [heads, starts] = [[...this.#heads.keys()], this.#starts]
    return { heads, starts, which: this.#which.written(), steps: this.#steps.written() }
  }

  /** Of the head that is the beginning of a text. */
  #indexOf(text: string, length: number): number {
    if (this.#lastHead?.length === length && text.startsWith(this.#lastHead)) return this.#lastIndex
    const head = text.slice(0, length)
    let index = this.#heads.get(head)
    if (index === undefined) {
      index = this.#heads.size
      this.#heads.set(head, index)
      this.#starts.push(null)
      this.#headBytes += Buffer.byteLength(head) + HEAD_BYTES
    }
    this.#lastHead = head
    this.#lastIndex = index
    return index
  }

  #put(which: number, step: number | undefined): void {
    this.#which.push(which)
    this.#steps.push(step)
  }
}

/** Where the number at the end begins; the length where there is none that comes back as it was written. */
function startOfNumber(text: string): number {
  let at = text.length
  const least = Math.max(0, at - MOST_DIGITS)
  while (at > least && isDigit(text.charCodeAt(at - 1))) at--
  // What begins with a zero would come back without it.
  while (at < text.length - 1 && text.charCodeAt(at) === ZERO) at++
  return at
}

function numberFrom(text: string, start: number): number | undefined {
  if (start === text.length) return undefined
  let number = 0
  for (let at = start; at < text.length; at++) number = number * 10 + text.charCodeAt(at) - ZERO
  return number
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE
}

/**
 * The values of a column that was written.
 *
 * @param written by whoever has written the frame: nothing is known of it.
 * @throws TypeError where it is none
 */
export function textsOf(written: unknown, count: number): (string | undefined)[] {
  if (typeof written !== 'object' || written === null) {
    return new Array<string | undefined>(count).fill(isText(written) ? written : none(written))
  }
  const { heads, starts, which: whichHead, steps: differences } = written as WrittenHeads
  if (!Array.isArray(heads) || !heads.every(isText)) throw new TypeError('there are heads that are no texts')
  const lasts = numbersOf(checked(starts, heads.length), heads.length, isWholeOrNone)
  const which = numbersOf(whichHead, count, (at) => Number.isInteger(at) && at! >= NONE && at! < heads.length)
  const steps = numbersOf(differences, count, isWholeOrNone)
  const texts = new Array<string | undefined>(count)
  for (let at = 0; at < count; at++) {
    const index = which[at]!
    if (index === NONE) continue
    const step = steps[at]
    if (step !== undefined) lasts[index] = (lasts[index] ?? 0) + step
    texts[at] = step === undefined ? heads[index] : `${heads[index]}${lasts[index]}`
  }
  return texts
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isWholeOrNone = (value: number | undefined): boolean => value === undefined || Number.isInteger(value)

function none(value: unknown): undefined {
  if (value !== undefined && value !== null) throw new TypeError(`there is a ${typeof value} where a text should be`)
  return undefined
}
