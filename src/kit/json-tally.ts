import { HEAP_PER_WIRE_BYTE } from '../core/mint.ts'

/*
 * Bytes on the heap, measured with what `JSON.parse` of V8 13 makes: `{}` takes 64 with its place in an array, one more
 * key 8 to 16, an element 8, and a number that is no small integer 16 of its own. Objects of very many keys are hash
 * tables with 50 to 56 a key; those whose keys are numbers are too, with 144 for the first.
 */
const CONTAINER = 64
const KEY = 16
const HASHED_KEY = 56
const INDEX_KEY = 144
const ELEMENT = 8
const LARGE_NUMBER = 16
/** Objects of more keys count as hash tables. */
const MOST_PLAIN_KEYS = 100
/** An array index has no more digits. */
const INDEX_DIGITS = 10

/** Adds up what JSON values take on the heap beyond their text (D22). */
export class JsonTally {
  #bytes = 0

  addArray(elements: number): void {
    this.#bytes += CONTAINER + ELEMENT * elements
  }

  /** @param indexKeys how many of the keys `isIndexKey` is true for. */
  addObject(keys: number, indexKeys: number): void {
    this.#bytes += CONTAINER + (keys > MOST_PLAIN_KEYS ? HASHED_KEY : KEY) * keys + INDEX_KEY * indexKeys
  }

  addLargeNumbers(count: number): void {
    this.#bytes += LARGE_NUMBER * count
  }

  /** What all of it is charged with: twice its wire, or what its structure takes where that is more. */
  sizeBytes(wireBytes: number): number {
    return Math.max(HEAP_PER_WIRE_BYTE * wireBytes, this.#bytes)
  }
}

/** Whether V8 may keep the property among the elements of its object. */
export function isIndexKey(key: string): boolean {
  const first = key.charCodeAt(0)
  return first >= 0x30 && first <= 0x39 && key.length <= INDEX_DIGITS
}
