import type { SluiceError } from '../core/errors.ts'
import { kitError } from './errors.ts'
import { JsonCheck, tooDeep } from './json-check.ts'
import { findJsonFault } from './json-fault.ts'
import { DEFAULT_JSON_LIMITS } from './json-limits.ts'
import type { JsonLimits } from './json-limits.ts'
import { JsonRefusal } from './json-refusal.ts'
import { scanJson, type JsonOutline } from './json-scan.ts'
import { positionAt } from './text.ts'

/**
 * Texts longer than this are scanned for depth before they are parsed: `JSON.parse` takes a third of a second for a
 * million levels, and the scan a third of the time of parsing usual text. What is shorter is parsed in 5 ms at worst.
 */
const SCAN_FROM = 65_536

/**
 * Parses JSON from outside. Keys such as `__proto__` and `constructor` become own properties like any other.
 *
 * @throws SLUICE_INPUT_NOT_JSON with line and column; SLUICE_INPUT_TOO_DEEP, SLUICE_INPUT_TOO_MANY_KEYS,
 *   SLUICE_INPUT_TOO_MANY_ELEMENTS, SLUICE_INPUT_KEY_TOO_LONG, SLUICE_INPUT_NUMBER_INEXACT with a JSON pointer (or line
 *   and column).
 */
export function parseJson(text: string, limits?: JsonLimits): unknown {
  const value = readJson(text, limits)
  if (value instanceof JsonRefusal) throw value.toError()
  return value
}

/** As `parseJson`, but returns what that throws, as a `JsonRefusal`. */
export function readJson(text: string, limits?: JsonLimits): unknown {
  return new JsonReader(limits).read(text)
}

/** Reads one text after the other, as `readJson` does, and adds up what the values take on the heap. */
export class JsonReader {
  readonly #limits: JsonLimits
  readonly #check: JsonCheck
  /** The last text was no JSON: so will the next one be, likely, and to look is far cheaper than an exception. */
  #isSuspect = false

  constructor(limits: JsonLimits = DEFAULT_JSON_LIMITS) {
    this.#limits = limits
    this.#check = new JsonCheck(limits)
  }

  /**
   * @param onElements told how many elements the outermost array of a long text has before that is parsed; what it throws to
   *   refuse it is thrown.
   */
  read(text: string, onElements?: (count: number) => void): unknown {
    const { depth } = this.#limits
    if (text.length > SCAN_FROM) {
      const outline = scanJson(text, depth)
      const refusal = depthRefusal(text, depth, outline)
      if (refusal !== undefined) return refusal
      onElements?.(outline.elements)
    }
    if (this.#isSuspect && findJsonFault(text) !== undefined) return refusalOfSyntax(text, this.#limits)
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      this.#isSuspect = true
      return refusalOfSyntax(text, this.#limits)
    }
    this.#isSuspect = false
    return this.#check.refusalOf(value) ?? value
  }

  /** As `JsonCheck` does, of what was read since the last time. */
  takeSizeBytes(wireBytes: number): number {
    return this.#check.takeSizeBytes(wireBytes)
  }
}

function refusalOfDepth(text: string, limit: number): JsonRefusal | undefined {
  return depthRefusal(text, limit, scanJson(text, limit))
}

function depthRefusal(text: string, limit: number, { tooDeepAt }: JsonOutline): JsonRefusal | undefined {
  if (tooDeepAt === undefined) return undefined
  const [errorCode, problem] = tooDeep(limit)
  return new JsonRefusal(() => kitError(errorCode, `${problem}, at ${placeOf(text, tooDeepAt)}`))
}

/** What is no JSON may be too deep before. */
function refusalOfSyntax(text: string, { depth }: JsonLimits): JsonRefusal {
  return refusalOfDepth(text, depth) ?? new JsonRefusal(() => notJson(text))
}

/** Without V8's error as its cause, because that one repeats the input as it is. */
function notJson(text: string): SluiceError {
  const { offset, problem } = findJsonFault(text) ?? { offset: 0, problem: 'it cannot be parsed' }
  return kitError('SLUICE_INPUT_NOT_JSON', `the input is not JSON: ${problem}, at ${placeOf(text, offset)}`)
}

function placeOf(text: string, offset: number): string {
  const { line, column } = positionAt(text, offset)
  return `line ${line}, column ${column}`
}
