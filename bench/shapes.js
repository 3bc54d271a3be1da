/* What the pipelines of the smaller comparisons have in common, for sluice and its peers alike. */

export const CONCURRENCY = 64
export const BATCH_SIZE = 100
/** Open keys, where batches are made per key. */
export const KEYS = 100
export const PARTITIONS = 8
export const BRANCHES = 3
export const SOURCES = 3

/** An asynchronous step that has its answer at once. @param {number} value */
export const answered = (value) => Promise.resolve(value + 1)

/** A value becomes three. @param {number} value */
export const threeOf = (value) => [value, value + 1, value + 2]

/** How many of `count` integers come from one of several sources, which take turns. @param {number} count @param {number} source */
export const shareOf = (count, source) => Math.ceil((count - source) / SOURCES)

/** The n-th integer of a source. @param {number} n @param {number} source */
export const valueOf = (n, source) => n * SOURCES + source
