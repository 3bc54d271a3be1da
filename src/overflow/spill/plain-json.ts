/** What is nested deeper is looked at by who can tell a circle. */
const DEEPEST = 64

/**
 * Whether JSON keeps a value as it is, so that it can be written without a look at each value by a function of ours. What
 * this says no to may still be writable: see `marked-json`.
 */
export function isPlainJson(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value)
    // In an object it is left out either way.
    case 'undefined':
      return depth > 0
    case 'object':
      return value === null || (depth < DEEPEST && isPlainObject(value, depth + 1))
    default:
      return false
  }
}

function isPlainObject(value: object, depth: number): boolean {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!isPlainJson(value[index], depth)) return false
    return true
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  for (const key in value) if (!isPlainJson((value as Readonly<Record<string, unknown>>)[key], depth)) return false
  return true
}
