import { paymentAt } from '../../overflow/payments.js'
import { storesOn } from '../../sluice/overflow-redis.js'
import { consumer, graphOf, inLine } from '../../sluice/pipeline.js'

/**
 * @typedef {import('../../contract.js').Build} Build
 * @typedef {import('../../../src/core/overflow-store.ts').OverflowStore} OverflowStore
 * @typedef {{ folder: string } | { port: number }} Place of the store: on the disk, or a Redis.
 */

/** More than any flood stores. */
const LIMIT_BYTES = 1024 ** 4
/** A consumer that stands still isn't given up: what it has would be tried again. */
const TIMEOUT_MS = 24 * 3600 * 1000

/**
 * @param {Build} build
 * @param {Place} place
 * @returns {Promise<() => OverflowStore>}
 */
export async function storesAt(build, place) {
  if ('port' in place) return storesOn(build, place.port)
  const { embeddedOverflow } = await build.overflow()
  return () => embeddedOverflow({ folder: place.folder, limit: LIMIT_BYTES }, build.core.realEnv)
}

/**
 * A producer of so many payments, as fast as demanded, which then waits; and a consumer that takes a message as `each`
 * says, behind an overflow.
 *
 * @param {Build} build
 * @param {() => OverflowStore} createStore
 * @param {{ count: number, each: (payment: ReturnType<typeof paymentAt>) => unknown }} task
 */
export function flooded({ core }, createStore, { count, each }) {
  const nodes = inLine([
    { component: payments(core, count) },
    { component: consumer(core, each), settings: { timeoutMs: TIMEOUT_MS } },
  ])
  const spilling = nodes.map((node) => ({
    ...node,
    from: node.from.map((edge) => ({ ...edge, overflow: { createStore } })),
  }))
  return graphOf(core, spilling)
}

/**
 * @param {Build['core']} core
 * @param {number} count
 */
function payments(core, count) {
  const definition = core.defineProducer({
    name: 'payments',
    summary: 'Pays so many times, and waits.',
    options: /** @type {any} */ ({}),
    create: (_options, { message }) => {
      let next = 0
      return {
        handleDemand: (demand) =>
          Array.from({ length: Math.min(demand, count - next) }, () => message(paymentAt(next++))),
      }
    },
  })
  return core.bind(definition, {})
}

/**
 * A consumer that stands still until it is let go, for so many messages; those must come in order, each once.
 */
export class Gate {
  /** Messages that have come in all. */
  taken = 0
  /** Those that did not follow the one before. */
  misplaced = 0
  #open = 0
  #next
  /** @type {(value?: undefined) => void} */
  #release = () => {}
  /** @type {Promise<undefined>} */
  #released = Promise.resolve(undefined)
  #isHeld = false

  /** @param {number} first the number of the first message. */
  constructor(first) {
    this.#next = first
  }

  /** @param {{ number: number }} payment */
  take({ number }) {
    if (number !== this.#next) this.misplaced++
    this.#next = number + 1
    this.taken++
    if (this.taken <= this.#open) return undefined
    return this.#wait()
  }

  /** Lets so many more pass; one that waits is the first of them. @param {number} messages */
  open(messages) {
    this.#open = this.taken + messages
    this.#isHeld = false
    this.#release()
  }

  #wait() {
    if (!this.#isHeld) {
      this.#isHeld = true
      this.#released = new Promise((resolve) => (this.#release = resolve))
    }
    return this.#released
  }
}
