const LENGTH = 1000
/** Stands for what the messages of one emission share. */
const ENVELOPE = {}

/**
 * Loops by hand over arrays of 1000 objects with the fields of a message: what one thread can do with such objects when
 * nothing is asked, counted, caught or acknowledged.
 *
 * @type {import('../contract.js').Contender}
 */
export async function run(count, consume) {
  for (let first = 0; first < count; first += LENGTH) {
    const records = produce(first, Math.min(LENGTH, count - first))
    for (const record of records) record.data = record.data + 1
    for (const record of records) record.data = record.data * 2
    for (const record of records) consume(record.data)
  }
  return 0
}

/**
 * @param {number} first
 * @param {number} length
 */
function produce(first, length) {
  const records = new Array(length)
  for (let i = 0; i < length; i++) records[i] = recordOf(first + i)
  return records
}

/** @param {number} n */
function recordOf(n) {
  return { data: n, key: undefined, position: n, envelope: ENVELOPE, parent: undefined, kin: undefined, stamp: 0 }
}
