import { map, range } from 'rxjs'

/**
 * RxJS: synchronous calls, no back-pressure, no acknowledgement.
 *
 * @type {import('../contract.js').Contender}
 */
export function run(count, consume) {
  return new Promise((resolve) => {
    range(0, count)
      .pipe(
        map((value) => value + 1),
        map((value) => value * 2),
      )
      .subscribe({ next: consume, error: () => resolve(1), complete: () => resolve(0) })
  })
}
