/** What is nested deeper is looked at by who can tell a circle. */
const DEEPEST = 64

/** What isn't plain. */
export const NOT_PLAIN = -1
/** Quotes, and a comma; a colon and the quotes of a key. */
const MARKS = 2

/**
 * How many characters a value takes as JSON at the least; `NOT_PLAIN` where JSON doesn't keep it as it is, so that it
 * can't be written without a look at each value by a function of ours. That may still be writable: see `marked-json`.
 *
 * @throws what a getter or a proxy in it throws
 */
export function plainLength(value: unknown, depth = 0): number {
  switch (typeof value) {
    case 'string':
      return value.length + MARKS
    case 'boolean':
      return 'true'.length
    case 'number':
      return Number.isFinite(value) ? 1 : NOT_PLAIN
    // In an object it is left out either way.
    case 'undefined':
      return depth > 0 ? 0 : NOT_PLAIN
    case 'object':
      if (value === null) return 'null'.length
      return depth < DEEPEST ? lengthOfObject(value, depth + 1) : NOT_PLAIN
    default:
      return NOT_PLAIN
  }
}

function lengthOfObject(value: object, depth: number): number {
  let length = MARKS
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const one = plainLength(value[index], depth)
      if (one === NOT_PLAIN) return NOT_PLAIN
      length += one
    }
    return length
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return NOT_PLAIN
  for (const key in value) {
    const one = plainLength((value as Readonly<Record<string, unknown>>)[key], depth)
    if (one === NOT_PLAIN) return NOT_PLAIN
    if (one > 0) length += key.length + MARKS + one
  }
  return length
}
