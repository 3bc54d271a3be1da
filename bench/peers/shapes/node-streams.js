import { Readable, Transform, Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
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
 * @typedef {import('../../contract.js').Consume} Consume
 */

/**
 * @param {number} count
 * @param {(n: number) => number} [valueAt]
 */
function source(count, valueAt = (n) => n) {
  let next = 0
  return new Readable({
    objectMode: true,
    read() {
      while (next < count) if (!this.push(valueAt(next++))) return
      this.push(null)
    },
  })
}

/** @param {(value: any) => void} consume */
function sink(consume) {
  return new Writable({
    objectMode: true,
    write(value, _encoding, done) {
      consume(value)
      done()
    },
  })
}

/**
 * @param {() => Transform} transform
 * @param {(consume: Consume) => (value: any) => void} [consumer]
 * @returns {Contender}
 */
function around(transform, consumer = (consume) => consume) {
  return async (count, consume) => {
    await pipeline(source(count), transform(), sink(consumer(consume)))
    return 0
  }
}

/** @param {Consume} consume */
const each = (consume) => (/** @type {readonly number[]} */ values) => values.forEach((value) => consume(value))

/** As the documentation has it: `map` with a concurrency keeps the order. @type {Contender} */
export const asyncStage = async (count, consume) => {
  await pipeline(source(count).map(answered, { concurrency: CONCURRENCY }), sink(consume))
  return 0
}

export const mapStage = around(
  () => new Transform({ objectMode: true, transform: (value, _encoding, done) => done(null, value + 1) }),
)

export const flatMap = around(
  () =>
    new Transform({
      objectMode: true,
      transform(value, _encoding, done) {
        for (const part of threeOf(value)) this.push(part)
        done()
      },
    }),
)

export const batch = around(() => batches(() => 0), each)

export const batchByKey = around(() => batches((value) => value % KEYS), each)

/** @param {(value: number) => number} by */
function batches(by) {
  /** @type {Map<number, number[]>} */
  const open = new Map()
  return new Transform({
    objectMode: true,
    transform(value, _encoding, done) {
      const key = by(value)
      const values = open.get(key)
      if (values === undefined) open.set(key, [value])
      else if (values.push(value) === BATCH_SIZE) {
        open.delete(key)
        this.push(values)
      }
      done()
    },
    flush(done) {
      for (const values of open.values()) this.push(values)
      done()
    },
  })
}

/** @type {Contender} */
export const broadcast = async (count, consume) => {
  const numbers = source(count)
  const branches = Array.from({ length: BRANCHES }, () => numbers.pipe(sink(consume)))
  await Promise.all(branches.map((branch) => finished(branch)))
  return 0
}

/** By hand: there is no stream with several ends. @type {Contender} */
export const partition = async (count, consume) => {
  const branches = Array.from({ length: PARTITIONS }, () => sink(consume))
  const splitter = new Writable({
    objectMode: true,
    write(value, _encoding, done) {
      const branch = branches[(value % KEYS) % PARTITIONS]
      if (branch?.write(value) === false) branch.once('drain', done)
      else done()
    },
    final(done) {
      for (const branch of branches) branch.end()
      done()
    },
  })
  await Promise.all([pipeline(source(count), splitter), ...branches.map((branch) => finished(branch))])
  return 0
}

/** @type {Contender} */
export const fanIn = async (count, consume) => {
  const all = sink(consume)
  all.setMaxListeners(0)
  const sources = Array.from({ length: SOURCES }, (_, index) => source(shareOf(count, index), (n) => valueOf(n, index)))
  for (const part of sources) part.pipe(all, { end: false })
  await Promise.all(sources.map((part) => finished(part)))
  all.end()
  await finished(all)
  return 0
}
