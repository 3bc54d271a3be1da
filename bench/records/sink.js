import { BATCH_SIZE, MERCHANTS, TEXT_LENGTH } from './job.js'
import { merchants } from './texts.js'

/** @typedef {import('./job.js').Payment} Payment */

/** For each text the next one of the same merchant; after the last one the first. */
const followers = followersOf(merchants)

/** Where the batches end up: writes bodies, tells them on, and checks that nothing was lost, repeated or overtaken. */
export class Sink {
  /** @type {import('../contract.js').Consume} */
  #consume
  #payments = 0
  #bodies = 0
  #bytes = 0
  #disordered = 0
  /** The text that is to come next, by merchant. */
  #next = firstOf(merchants)

  /** @param {import('../contract.js').Consume} consume */
  constructor(consume) {
    this.#consume = consume
  }

  /** @param {readonly Payment[]} batch */
  write(batch) {
    this.#bytes += JSON.stringify(batch).length
    this.#bodies++
    this.#payments += batch.length
    for (const { number } of batch) {
      const merchant = merchants[number] ?? 0
      if (this.#next[merchant] !== number) this.#disordered++
      this.#next[merchant] = followers[number] ?? 0
      this.#consume(number)
    }
  }

  /**
   * @param {number} count
   * @returns {number} payments that were not written or not in their turn; a wrong number of bytes counts as one more.
   */
  failures(count) {
    // Each payment has a comma or a bracket behind it, each body a bracket in front.
    const isWrong = this.#bytes !== (TEXT_LENGTH + 1) * this.#payments + this.#bodies
    return Math.abs(count - this.#payments) + this.#disordered + (isWrong ? 1 : 0)
  }
}

/** Collects payments into batches for a sink, for those who have nothing of their own for that. */
export class Batcher {
  /** @type {Payment[]} */
  #batch = []
  #sink

  /** @param {Sink} sink */
  constructor(sink) {
    this.#sink = sink
  }

  /** @param {Payment} payment */
  add(payment) {
    this.#batch.push(payment)
    if (this.#batch.length === BATCH_SIZE) this.flush()
  }

  flush() {
    const batch = this.#batch
    this.#batch = []
    if (batch.length > 0) this.#sink.write(batch)
  }
}

/** @param {readonly number[]} owners */
function followersOf(owners) {
  const following = new Uint32Array(owners.length)
  const next = firstOf(owners)
  for (let number = owners.length - 1; number >= 0; number--) {
    const owner = owners[number] ?? 0
    following[number] = next[owner] ?? 0
    next[owner] = number
  }
  return following
}

/** @param {readonly number[]} owners */
function firstOf(owners) {
  const first = new Uint32Array(MERCHANTS)
  for (let number = owners.length - 1; number >= 0; number--) first[owners[number] ?? 0] = number
  return first
}
