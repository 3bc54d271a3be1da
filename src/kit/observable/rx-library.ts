import { asError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import type { Rx } from './rx-types.ts'

let library: Rx | undefined

/**
 * RxJS, loaded for the first node that asks for it. Once it is there it is given at once, so that a node that starts
 * again is open without waiting.
 *
 * @throws SLUICE_RX_MISSING where it can't be loaded, by rejecting
 */
export function libraryOrPromise(): Rx | Promise<Rx> {
  return library ?? load()
}

async function load(): Promise<Rx> {
  try {
    return (library = await import('rxjs'))
  } catch (error) {
    throw componentError('SLUICE_RX_MISSING', `RxJS can't be loaded: ${asError(error).message}`, error)
  }
}
