/**
 * @typedef {object} Summary
 * @property {number} median
 * @property {number} low lower end of the median's 95 % interval.
 * @property {number} high
 */

const OUTSIDE_EACH_END = 0.025

/**
 * The median and its interval by order statistics: from the k-th smallest to the k-th largest value, with the largest k
 * for which the median of the distribution lies outside at either end with a chance of 2.5 % at most. It assumes nothing
 * of the distribution but that the values are independent (J.-Y. Le Boudec, Performance Evaluation of Computer and
 * Communication Systems, 2010, theorem 2.1). With fewer than six values there is no such k, and the interval is all of them.
 *
 * @param {readonly number[]} values at least one.
 * @returns {Summary}
 */
export function summarize(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const rank = intervalRank(sorted.length)
  return { median: medianOf(sorted), low: sorted[rank - 1] ?? NaN, high: sorted[sorted.length - rank] ?? NaN }
}

/** @param {readonly number[]} values at least one. */
export function median(values) {
  return medianOf(values.toSorted((a, b) => a - b))
}

/** @param {readonly number[]} sorted */
function medianOf(sorted) {
  const upper = sorted[sorted.length >> 1] ?? NaN
  const lower = sorted[(sorted.length - 1) >> 1] ?? NaN
  return (lower + upper) / 2
}

/**
 * The largest k with P(B < k) ≤ 2.5 %, where B counts the values below the true median: binomial with chance ½.
 *
 * @param {number} count
 */
export function intervalRank(count) {
  let term = 0.5 ** count
  let below = term
  let rank = 0
  while (below <= OUTSIDE_EACH_END) {
    rank++
    term *= (count - rank + 1) / rank
    below += term
  }
  return Math.max(1, rank)
}
