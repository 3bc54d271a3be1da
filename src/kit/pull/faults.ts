import type { ProducerContext } from '../../core/component.ts'
import { asError, SluiceError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import { printable } from '../text.ts'

/** So long the loop is held by one answer at most; then sockets and timers have their turn (D9). */
export const SLICE_MS = 5

/** The error that ends the pipeline, after so many values. */
export function iterationError(thrown: unknown, given: number): SluiceError {
  const cause = asError(thrown)
  if (cause instanceof SluiceError && cause.code === 'SLUICE_ITERABLE_USED') return cause
  const reason = printable(cause.message, 200)
  return componentError('SLUICE_ITERABLE_FAILED', `the iterator failed after ${given} values: ${reason}`, cause)
}

/** What `next()` gave. Anything but an object would be a value, and never the last one. @throws TypeError */
export function resultOf(given: unknown): IteratorResult<unknown> {
  if (typeof given === 'object' && given !== null) return given as IteratorResult<unknown>
  const found = given === null || given === undefined ? String(given) : `a ${typeof given}`
  throw new TypeError(`its next() gave ${found}, not an object with \`done\` and \`value\``)
}

export function warnOfReturn({ log }: ProducerContext, thrown: unknown): void {
  log.warn('the iterator failed while it was ended', { error: asError(thrown).message })
}
