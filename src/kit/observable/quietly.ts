import type { Log } from '../../core/component.ts'
import { asError } from '../../core/errors.ts'

/** Leaves an observable: what is thrown by what it does then, as in `finalize`, changes nothing any more, and is told. */
export function quietly(leave: () => void, log: Log): void {
  try {
    leave()
  } catch (error) {
    log.warn('the observable failed when it was unsubscribed from', { error: asError(error).message })
  }
}
