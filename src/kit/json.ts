import type { SluiceError } from '../core/errors.ts'
import { kitError } from './errors.ts'
import type { KitErrorCode } from './errors.ts'
import { findJsonFault } from './json-fault.ts'
import { DEFAULT_JSON_LIMITS } from './json-limits.ts'
import type { JsonLimits } from './json-limits.ts'
import { scanJson, type JsonOutline } from './json-scan.ts'
import { isIndexKey, JsonTally } from './json-tally.ts'
import { positionAt, quote } from './text.ts'

/**
 * Texts longer than this are scanned for depth before they are parsed: `JSON.parse` takes a third of a second for a
 * million levels, and the scan a third of the time of parsing usual text. What is shorter is parsed in 5 ms at worst.
 */
const SCAN_FROM = 65_536

/** Says no to a text. The error is made only when asked for: finding the place costs more than a line. */
export class JsonRefusal {
  readonly toError: () => SluiceError

  constructor(toError: () => SluiceError) {
    this.toError = toError
  }
}

/** What is wanted beside the value. */
export interface JsonReading {
  /** Looks for a fault first: where there is one, that is far cheaper than an exception of `JSON.parse`. */
  readonly isSuspect?: boolean
  /** Gets what the value takes on the heap. */
  readonly tally?: JsonTally
  /** Told how many elements the outermost array of a long text has before that is parsed; throws to refuse it. */
  onElements?(count: number): void
}

/**
 * Parses JSON from outside. Keys such as `__proto__` and `constructor` become own properties like any other.
 *
 * @throws SLUICE_INPUT_NOT_JSON with line and column; SLUICE_INPUT_TOO_DEEP, SLUICE_INPUT_TOO_MANY_KEYS,
 *   SLUICE_INPUT_TOO_MANY_ELEMENTS, SLUICE_INPUT_KEY_TOO_LONG, SLUICE_INPUT_NUMBER_INEXACT with a JSON pointer (or line
 *   and column); what `onElements` throws.
 */
export function parseJson(text: string, limits: JsonLimits = DEFAULT_JSON_LIMITS, reading: JsonReading = {}): unknown {
  const value = readJson(text, limits, reading)
  if (value instanceof JsonRefusal) throw value.toError()
  return value
}

/** As `parseJson`, but returns what that throws, as a `JsonRefusal`; only `onElements` throws through it. */
export function readJson(text: string, limits: JsonLimits = DEFAULT_JSON_LIMITS, reading: JsonReading = {}): unknown {
  if (text.length > SCAN_FROM) {
    const outline = scanJson(text, limits.depth)
    const refusal = depthRefusal(text, limits.depth, outline)
    if (refusal !== undefined) return refusal
    reading.onElements?.(outline.elements)
  }
  if (reading.isSuspect === true && findJsonFault(text) !== undefined) return refusalOfSyntax(text, limits)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refusalOfSyntax(text, limits)
  }
  return refusalOfValue(value, limits, reading.tally ?? new JsonTally()) ?? value
}

function refusalOfValue(value: unknown, limits: JsonLimits, tally: JsonTally): JsonRefusal | undefined {
  if (!isContainer(value)) {
    return typeof value === 'number' && isInexact(value) ? tooMuch({}, {}, inexact(value)) : undefined
  }
  const walk: Walk = { limits, tally, depth: 0, culprit: undefined }
  const excess = excessIn(value, walk)
  return excess && tooMuch(value, walk.culprit!, excess)
}

/** A check of a parsed value. */
interface Walk {
  readonly limits: JsonLimits
  readonly tally: JsonTally
  /** Of the container that is looked at. */
  depth: number
  /** The container in which an excess was found. */
  culprit: object | undefined
}

/** Calls itself no deeper than the limit says, which is far less than the stack allows. */
function excessIn(container: object, walk: Walk): Excess | undefined {
  const { depth } = walk.limits
  if (++walk.depth > depth) {
    walk.culprit = container
    return tooDeep(depth)
  }
  const excess = Array.isArray(container)
    ? checkArray(container, walk)
    : checkObject(container as Record<string, unknown>, walk)
  walk.depth--
  if (excess !== undefined) walk.culprit ??= container
  return excess
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** `key` is that of the faulty value, where it isn't the container that is at fault. */
type Excess = readonly [code: KitErrorCode, problem: string, key?: string | undefined]

function checkArray(array: readonly unknown[], walk: Walk): Excess | undefined {
  const { elements } = walk.limits
  if (array.length > elements) {
    const problem = `an array of ${array.length} elements, more than the ${elements} that are allowed`
    return ['SLUICE_INPUT_TOO_MANY_ELEMENTS', problem]
  }
  let largeNumbers = 0
  for (let index = 0; index < array.length; index++) {
    const child = array[index]
    if (isContainer(child)) {
      const excess = excessIn(child, walk)
      if (excess !== undefined) return excess
    } else if (typeof child === 'number' && (child | 0) !== child) {
      if (isInexact(child)) return inexact(child, String(index))
      largeNumbers++
    }
  }
  walk.tally.addArray(array.length)
  walk.tally.addLargeNumbers(largeNumbers)
  return undefined
}

function checkObject(object: Record<string, unknown>, walk: Walk): Excess | undefined {
  const { limits, tally } = walk
  let keys = 0
  let indexKeys = 0
  let largeNumbers = 0
  for (const key in object) {
    if (++keys > limits.keys) {
      return ['SLUICE_INPUT_TOO_MANY_KEYS', `an object of more than the ${limits.keys} keys that are allowed`]
    }
    if (key.length > limits.keyLength) return keyTooLong(key, limits.keyLength)
    if (isIndexKey(key)) indexKeys++
    const child = object[key]
    if (isContainer(child)) {
      const excess = excessIn(child, walk)
      if (excess !== undefined) return excess
    } else if (typeof child === 'number' && (child | 0) !== child) {
      if (isInexact(child)) return inexact(child, key)
      largeNumbers++
    }
  }
  tally.addObject(keys, indexKeys)
  tally.addLargeNumbers(largeNumbers)
  return undefined
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

function keyTooLong(key: string, keyLength: number): Excess {
  const problem = `the key ${quote(key)} is longer than the ${keyLength} characters that are allowed`
  return ['SLUICE_INPUT_KEY_TOO_LONG', problem]
}

function tooDeep(depth: number): Excess {
  return ['SLUICE_INPUT_TOO_DEEP', `the input is nested deeper than the ${depth} levels that are allowed`]
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

function tooMuch(root: object, container: object, [code, problem, key]: Excess): JsonRefusal {
  const last = key === undefined ? '' : tokenOf(key)
  return new JsonRefusal(() => kitError(code, `${problem}, at ${quote(pointerTo(root, container) + last)}`))
}

/** A container on the way from the root, and the key under which its parent has it. */
interface Step {
  readonly container: object
  readonly parent: Step | undefined
  readonly key: string
}

/** The JSON pointer (RFC 6901) of a container: searched for once it is needed, so that nothing is recorded before. */
function pointerTo(root: object, target: object): string {
  const steps: Step[] = [{ container: root, parent: undefined, key: '' }]
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    if (step.container === target) return pointerOf(step)
    for (const key in step.container) {
      const child: unknown = step.container[key as never]
      if (isContainer(child)) steps.push({ container: child, parent: step, key })
    }
  }
  return ''
}

function pointerOf(last: Step): string {
  const keys: string[] = []
  for (let step = last; step.parent !== undefined; step = step.parent) {
    keys.push(tokenOf(step.key))
  }
  return keys.toReversed().join('')
}

function tokenOf(key: string): string {
  return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
