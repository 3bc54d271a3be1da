import { SluiceError } from './errors.ts'

/**
 * The key that a `key` or `by` gave: numbers and booleans become strings, nothing is no key (D12).
 *
 * @throws SLUICE_KEY_INVALID for any other value; it fails the message, never the node (A10).
 */
export function keyFrom(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  void Promise.resolve(value).catch(ignore) // Where it is a promise, nobody else hears it reject.
  throw new SluiceError('SLUICE_KEY_INVALID', `a key must be a string, a number or a boolean, not ${typeof value}`)
}

function ignore(): void {}
