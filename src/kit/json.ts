import type { SluiceError } from '../core/errors.ts'
import { kitError } from './errors.ts'
import type { KitErrorCode } from './errors.ts'
import { findJsonFault } from './json-fault.ts'
import { DEFAULT_JSON_LIMITS } from './json-limits.ts'
import type { JsonLimits } from './json-limits.ts'
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

/**
 * Parses JSON from outside. Keys such as `__proto__` and `constructor` become own properties like any other.
 *
 * @throws SLUICE_INPUT_NOT_JSON with line and column; SLUICE_INPUT_TOO_DEEP, SLUICE_INPUT_TOO_MANY_KEYS,
 *   SLUICE_INPUT_TOO_MANY_ELEMENTS, SLUICE_INPUT_KEY_TOO_LONG with a JSON pointer (or line and column).
 */
export function parseJson(text: string, limits: JsonLimits = DEFAULT_JSON_LIMITS): unknown {
  const value = readJson(text, limits)
  if (value instanceof JsonRefusal) throw value.toError()
  return value
}

/**
 * As `parseJson`, but returns what that throws, as a `JsonRefusal`.
 *
 * @param isSuspect looks for a fault first: where there is one, that is far cheaper than an exception of `JSON.parse`
 */
export function readJson(text: string, limits: JsonLimits = DEFAULT_JSON_LIMITS, isSuspect = false): unknown {
  if (text.length > SCAN_FROM) {
    const refusal = refusalOfDepth(text, limits.depth)
    if (refusal !== undefined) return refusal
  }
  if (isSuspect && findJsonFault(text) !== undefined) return refusalOfSyntax(text, limits)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refusalOfSyntax(text, limits)
  }
  return refusalOfSize(value, limits) ?? value
}

/** Checks a parsed value, iteratively: it may be deeper than the stack. */
function refusalOfSize(root: unknown, limits: JsonLimits): JsonRefusal | undefined {
  if (!isContainer(root)) return undefined
  const pending: object[] = [root]
  const depths: number[] = [1]
  while (pending.length > 0) {
    const container = pending.pop()!
    const depth = depths.pop()!
    if (depth > limits.depth) return tooMuch(root, container, tooDeep(limits.depth))
    const excess = Array.isArray(container)
      ? checkArray(container, limits, pending)
      : checkObject(container as Record<string, unknown>, limits, pending)
    if (excess !== undefined) return tooMuch(root, container, excess)
    while (depths.length < pending.length) depths.push(depth + 1)
  }
  return undefined
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

type Excess = readonly [code: KitErrorCode, problem: string]

function checkArray(array: readonly unknown[], { elements }: JsonLimits, pending: object[]): Excess | undefined {
  if (array.length > elements) {
    const problem = `an array of ${array.length} elements, more than the ${elements} that are allowed`
    return ['SLUICE_INPUT_TOO_MANY_ELEMENTS', problem]
  }
  for (let index = 0; index < array.length; index++) {
    const child = array[index]
    if (isContainer(child)) pending.push(child)
  }
  return undefined
}

function checkObject(object: Record<string, unknown>, limits: JsonLimits, pending: object[]): Excess | undefined {
  let keys = 0
  for (const key in object) {
    if (++keys > limits.keys) {
      return ['SLUICE_INPUT_TOO_MANY_KEYS', `an object of more than the ${limits.keys} keys that are allowed`]
    }
    if (key.length > limits.keyLength) {
      const problem = `the key ${quote(key)} is longer than the ${limits.keyLength} characters that are allowed`
      return ['SLUICE_INPUT_KEY_TOO_LONG', problem]
    }
    const child = object[key]
    if (isContainer(child)) pending.push(child)
  }
  return undefined
}

function tooDeep(depth: number): Excess {
  return ['SLUICE_INPUT_TOO_DEEP', `the input is nested deeper than the ${depth} levels that are allowed`]
}

/** Counts brackets outside of strings. Whether the text is JSON at all doesn't matter here. */
function refusalOfDepth(text: string, limit: number): JsonRefusal | undefined {
  let depth = 0
  for (let offset = 0; offset < text.length; offset++) {
    const code = text.charCodeAt(offset)
    if (code === 0x22) offset = endOfString(text, offset)
    else if (code === 0x5d || code === 0x7d) depth--
    else if ((code === 0x5b || code === 0x7b) && ++depth > limit) {
      const [errorCode, problem] = tooDeep(limit)
      return new JsonRefusal(() => kitError(errorCode, `${problem}, at ${placeOf(text, offset)}`))
    }
  }
  return undefined
}

/** The offset of the quote that ends the string which begins at `start`, or of the end of the text. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let unescaped = end - 1
    while (text.charCodeAt(unescaped) === 0x5c) unescaped--
    if ((end - unescaped) % 2 === 1) return end
  }
  return text.length
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

function tooMuch(root: object, container: object, [code, problem]: Excess): JsonRefusal {
  return new JsonRefusal(() => kitError(code, `${problem}, at ${quote(pointerTo(root, container))}`))
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
    keys.push(`/${step.key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  }
  return keys.toReversed().join('')
}
