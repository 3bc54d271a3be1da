import { bufferCount, concatMap, connect, groupBy, map, merge, mergeMap, range, tap } from 'rxjs'
import {
  answered,
  BATCH_SIZE,
  BRANCHES,
  CONCURRENCY,
  KEYS,
  PARTITIONS,
  shareOf,
  SOURCES,
  threeOf,
  valueOf,
} from '../../shapes.js'

/**
 * @typedef {import('../../contract.js').Contender} Contender
 * @typedef {import('rxjs').Observable<number>} Numbers
 */

/** What `mergeMap` has no slot for waits in an array that becomes the slower the longer it is, so it is fed in slices. */
const SLICE = 5000

/**
 * @param {(numbers: Numbers, consume: import('../../contract.js').Consume) => import('rxjs').Observable<unknown>} build
 * @returns {Contender}
 */
function running(build) {
  return (count, consume) =>
    new Promise((resolve) => {
      build(range(0, count), consume).subscribe({ error: () => resolve(count), complete: () => resolve(0) })
    })
}

/** @type {Contender} */
export const asyncStage = (count, consume) =>
  new Promise((resolve) => {
    range(0, Math.ceil(count / SLICE))
      .pipe(
        map((slice) => slice * SLICE),
        concatMap((first) => range(first, Math.min(SLICE, count - first)).pipe(mergeMap(answered, CONCURRENCY))),
      )
      .subscribe({ next: consume, error: () => resolve(count), complete: () => resolve(0) })
  })

export const mapStage = running((numbers, consume) =>
  numbers.pipe(
    map((value) => value + 1),
    tap(consume),
  ),
)

export const flatMap = running((numbers, consume) => numbers.pipe(mergeMap(threeOf), tap(consume)))

export const batch = running((numbers, consume) => numbers.pipe(bufferCount(BATCH_SIZE), tap(each(consume))))

export const batchByKey = running((numbers, consume) =>
  numbers.pipe(
    groupBy((value) => value % KEYS),
    mergeMap((group) => group.pipe(bufferCount(BATCH_SIZE))),
    tap(each(consume)),
  ),
)

export const broadcast = running((numbers, consume) =>
  numbers.pipe(connect((shared) => merge(...Array.from({ length: BRANCHES }, () => shared.pipe(tap(consume)))))),
)

export const partition = running((numbers, consume) =>
  numbers.pipe(
    groupBy((value) => (value % KEYS) % PARTITIONS),
    mergeMap((group) => group.pipe(tap(consume))),
  ),
)

/** @type {Contender} */
export const fanIn = (count, consume) => {
  const sources = Array.from({ length: SOURCES }, (_, source) =>
    range(0, shareOf(count, source)).pipe(map((n) => valueOf(n, source))),
  )
  return new Promise((resolve) => {
    merge(...sources).subscribe({ next: consume, error: () => resolve(count), complete: () => resolve(0) })
  })
}

/** @param {import('../../contract.js').Consume} consume */
function each(consume) {
  return (/** @type {readonly number[]} */ values) => values.forEach((value) => consume(value))
}
