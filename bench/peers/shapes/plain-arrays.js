import { BATCH_SIZE, BRANCHES, KEYS, PARTITIONS, shareOf, SOURCES, threeOf, valueOf } from '../../shapes.js'

/**
 * @typedef {import('../../contract.js').Contender} Contender
 * @typedef {{ data: number, key: undefined, position: number, envelope: object, parent: unknown, kin: undefined, stamp: number }} Item
 */

const LENGTH = 1000
/** Stands for what the messages of one emission share. */
const ENVELOPE = {}

/**
 * Loops by hand over arrays of 1000 objects with the fields of a message.
 *
 * @param {(items: Item[], consume: import('../../contract.js').Consume) => void} work
 * @param {(consume: import('../../contract.js').Consume) => void} [end]
 * @returns {Contender}
 */
function inSlices(work, end) {
  return async (count, consume) => {
    for (let first = 0; first < count; first += LENGTH) {
      work(
        slice(Math.min(LENGTH, count - first), (n) => first + n),
        consume,
      )
    }
    end?.(consume)
    return 0
  }
}

/**
 * @param {number} length
 * @param {(n: number) => number} valueAt
 */
function slice(length, valueAt) {
  const items = new Array(length)
  for (let i = 0; i < length; i++) items[i] = itemOf(valueAt(i), undefined)
  return items
}

/**
 * @param {number} data
 * @param {unknown} parent
 * @returns {Item}
 */
function itemOf(data, parent) {
  return { data, key: undefined, position: data, envelope: ENVELOPE, parent, kin: undefined, stamp: 0 }
}

export const mapStage = inSlices((items, consume) => {
  for (const item of items) item.data = item.data + 1
  for (const item of items) consume(item.data)
})

export const flatMap = inSlices((items, consume) => {
  const parts = []
  for (const item of items) for (const value of threeOf(item.data)) parts.push(itemOf(value, item))
  for (const part of parts) consume(part.data)
})

/** @param {(value: number) => number} by @returns {Contender} */
function batched(by) {
  return (count, consume) => {
    /** @type {Map<number, number[]>} */
    const open = new Map()
    const give = (/** @type {readonly number[]} */ values) => values.forEach((value) => consume(value))
    const run = inSlices(
      (items) => {
        for (const { data } of items) {
          const key = by(data)
          const values = open.get(key)
          if (values === undefined) open.set(key, [data])
          else if (values.push(data) === BATCH_SIZE) {
            open.delete(key)
            give(values)
          }
        }
      },
      () => open.forEach(give),
    )
    return run(count, consume)
  }
}

export const batch = batched(() => 0)

export const batchByKey = batched((value) => value % KEYS)

export const broadcast = inSlices((items, consume) => {
  const branches = Array.from({ length: BRANCHES }, () => items.map((item) => itemOf(item.data, item)))
  for (const branch of branches) for (const item of branch) consume(item.data)
})

export const partition = inSlices((items, consume) => {
  /** @type {Item[][]} */
  const branches = Array.from({ length: PARTITIONS }, () => [])
  for (const item of items) branches[(item.data % KEYS) % PARTITIONS]?.push(item)
  for (const branch of branches) for (const item of branch) consume(item.data)
})

/** @type {Contender} */
export const fanIn = async (count, consume) => {
  for (let first = 0; first < count; first += LENGTH * SOURCES) {
    for (let source = 0; source < SOURCES; source++) {
      const start = first / SOURCES
      const items = slice(Math.min(LENGTH, shareOf(count, source) - start), (n) => valueOf(start + n, source))
      for (const item of items) consume(item.data)
    }
  }
  return 0
}
