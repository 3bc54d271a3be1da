import { HEAP_PER_WIRE_BYTE } from '../core/mint.ts'
import type { JsonLimits } from './json-limits.ts'
import { isContainer, tooMuch, type Excess, type JsonRefusal } from './json-refusal.ts'
import { quote } from './text.ts'

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

/** Holds values that were parsed against limits, and adds up what they take on the heap beyond their text (D22). */
export class JsonCheck {
  readonly #limits: JsonLimits
  /** Of the container that is looked at. */
  #depth = 0
  /** The container in which an excess was found. */
  #culprit: object | undefined
  #bytes = 0

  constructor(limits: JsonLimits) {
    this.#limits = limits
  }

  /** Why a value is refused. */
  refusalOf(value: unknown): JsonRefusal | undefined {
    if (!isContainer(value)) {
      return typeof value === 'number' && isInexact(value) ? tooMuch({}, {}, inexact(value)) : undefined
    }
    this.#depth = 0
    const excess = this.#excessIn(value)
    if (excess === undefined) return undefined
    this.#bytes = 0
    const culprit = this.#culprit!
    this.#culprit = undefined
    return tooMuch(value, culprit, excess)
  }

  /**
   * What all that was checked since the last time is charged with: twice its wire, or what its structure takes where that
   * is more.
   */
  takeSizeBytes(wireBytes: number): number {
    const bytes = this.#bytes
    this.#bytes = 0
    return Math.max(HEAP_PER_WIRE_BYTE * wireBytes, bytes)
  }

  /** Calls itself no deeper than the limit says, which is far less than the stack allows. */
  #excessIn(container: object): Excess | undefined {
    if (++this.#depth > this.#limits.depth) {
      this.#culprit = container
      return tooDeep(this.#limits.depth)
    }
    const excess = Array.isArray(container)
      ? this.#excessInArray(container)
      : this.#excessInObject(container as Record<string, unknown>)
    this.#depth--
    return excess
  }

  #excessInArray(array: readonly unknown[]): Excess | undefined {
    if (array.length > this.#limits.elements) return this.#blame(array, tooManyElements(array, this.#limits.elements))
    let bytes = CONTAINER + ELEMENT * array.length
    for (let index = 0; index < array.length; index++) {
      const child = array[index]
      if (isContainer(child)) {
        const excess = this.#excessIn(child)
        if (excess !== undefined) return excess
      } else if (typeof child === 'number' && (child | 0) !== child) {
        if (isInexact(child)) return this.#blame(array, inexact(child, String(index)))
        bytes += LARGE_NUMBER
      }
    }
    this.#bytes += bytes
    return undefined
  }

  #excessInObject(object: Record<string, unknown>): Excess | undefined {
    const { keys: mostKeys, keyLength } = this.#limits
    let keys = 0
    let bytes = CONTAINER
    for (const key in object) {
      if (++keys > mostKeys) return this.#blame(object, tooManyKeys(mostKeys))
      if (key.length > keyLength) return this.#blame(object, keyTooLong(key, keyLength))
      if (isIndexKey(key)) bytes += INDEX_KEY
      const child = object[key]
      if (isContainer(child)) {
        const excess = this.#excessIn(child)
        if (excess !== undefined) return excess
      } else if (typeof child === 'number' && (child | 0) !== child) {
        if (isInexact(child)) return this.#blame(object, inexact(child, key))
        bytes += LARGE_NUMBER
      }
    }
    this.#bytes += bytes + (keys > MOST_PLAIN_KEYS ? HASHED_KEY : KEY) * keys
    return undefined
  }

  #blame(container: object, excess: Excess): Excess {
    this.#culprit = container
    return excess
  }
}

export function tooDeep(depth: number): Excess {
  return ['SLUICE_INPUT_TOO_DEEP', `the input is nested deeper than the ${depth} levels that are allowed`]
}

/** Whether V8 may keep the property among the elements of its object. */
function isIndexKey(key: string): boolean {
  const first = key.charCodeAt(0)
  return first >= 0x30 && first <= 0x39 && key.length <= INDEX_DIGITS
}

/** Whether a number can't be what was written, or can't be told from its neighbours. */
function isInexact(value: number): boolean {
  return !Number.isSafeInteger(value) && (Number.isInteger(value) || !Number.isFinite(value))
}

function inexact(value: number, key?: string): Excess {
  const problem = Number.isFinite(value)
    ? `an integer beyond ${Number.MAX_SAFE_INTEGER}, which cannot be kept exactly`
    : 'a number larger than any that can be kept'
  return ['SLUICE_INPUT_NUMBER_INEXACT', problem, key]
}

function tooManyElements({ length }: readonly unknown[], most: number): Excess {
  return ['SLUICE_INPUT_TOO_MANY_ELEMENTS', `an array of ${length} elements, more than the ${most} that are allowed`]
}

function tooManyKeys(most: number): Excess {
  return ['SLUICE_INPUT_TOO_MANY_KEYS', `an object of more than the ${most} keys that are allowed`]
}

function keyTooLong(key: string, keyLength: number): Excess {
  const problem = `the key ${quote(key)} is longer than the ${keyLength} characters that are allowed`
  return ['SLUICE_INPUT_KEY_TOO_LONG', problem]
}
