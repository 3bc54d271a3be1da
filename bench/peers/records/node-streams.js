import { Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BATCH_SIZE, CONCURRENCY } from '../../records/job.js'
import { Sink } from '../../records/sink.js'
import { textsOf } from '../../records/texts.js'
import { keyedTurns } from './turns.js'

/**
 * @typedef {import('../../records/job.js').Payment} Payment
 * @typedef {import('../../records/job.js').LookUp} LookUp
 */

/** Looks up 64 at once: takes the next one while there is a slot, and the rest of its turns when a slot is free. */
class LookUps extends Transform {
  #lookUp
  #inTurn = keyedTurns()
  #underWay = 0
  /** @type {(() => void) | undefined} */
  #onSlot
  /** @type {(() => void) | undefined} */
  #onEmpty

  /** @param {LookUp} lookUp */
  constructor(lookUp) {
    super({ objectMode: true, highWaterMark: CONCURRENCY })
    this.#lookUp = lookUp
  }

  /**
   * @override
   * @type {Transform['_transform']}
   */
  _transform(payment, _encoding, done) {
    this.#underWay++
    this.#inTurn(payment.merchant, () => this.#lookUp(payment)).then(
      (found) => this.#finish(found),
      (/** @type {unknown} */ error) => this.destroy(error instanceof Error ? error : undefined),
    )
    if (this.#underWay < CONCURRENCY) done()
    else this.#onSlot = done
  }

  /**
   * @override
   * @type {Transform['_flush']}
   */
  _flush(done) {
    if (this.#underWay === 0) done()
    else this.#onEmpty = done
  }

  /** @param {Payment} found */
  #finish(found) {
    this.push(found)
    this.#underWay--
    const next = this.#onSlot
    this.#onSlot = undefined
    next?.()
    if (this.#underWay === 0) this.#onEmpty?.()
  }
}

function batches() {
  /** @type {Payment[]} */
  let batch = []
  return new Transform({
    objectMode: true,
    transform(payment, _encoding, done) {
      batch.push(payment)
      if (batch.length < BATCH_SIZE) return done()
      const full = batch
      batch = []
      done(null, full)
    },
    flush: (done) => done(null, batch.length > 0 ? batch : undefined),
  })
}

/**
 * Node object streams, with a transform that has many lookups under way, as people write it.
 *
 * @param {LookUp} lookUp
 * @returns {import('../../contract.js').Contender}
 */
export function records(lookUp) {
  return async (count, consume) => {
    const sink = new Sink(consume)
    const texts = textsOf(count)
    await pipeline(
      new Readable({
        objectMode: true,
        read() {
          let { value, done } = texts.next()
          while (done !== true && this.push(value)) ({ value, done } = texts.next())
          if (done === true) this.push(null)
        },
      }),
      new Transform({ objectMode: true, transform: (text, _encoding, done) => done(null, JSON.parse(text)) }),
      new LookUps(lookUp),
      batches(),
      new Writable({
        objectMode: true,
        write(batch, _encoding, done) {
          sink.write(batch)
          done()
        },
      }),
    )
    return sink.failures(count)
  }
}
