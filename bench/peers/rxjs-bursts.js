import { bursts } from '../sluice/rx.js'

/**
 * The same source, and nothing between it and whoever wants it: no back-pressure, no acknowledgement.
 *
 * @type {import('../contract.js').Contender}
 */
export function run(count, consume) {
  return new Promise((resolve) => {
    bursts(count).subscribe({ next: consume, error: () => resolve(1), complete: () => resolve(0) })
  })
}
