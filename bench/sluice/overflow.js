import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BEGIN_MS, MESSAGES_PER_CALL, numberOf, paymentAt } from '../overflow/payments.js'

/** More than any run stores. */
const LIMIT_BYTES = 1024 ** 4
/** Messages that are asked for at once. */
const READ_AT_ONCE = 1000
const ENVELOPE = {
  group: { origin: { name: 'ingress', idPrefix: 'k3j4x2a9-' } },
  headers: Object.freeze({}),
  priority: 4,
  deadline: undefined,
  attempt: 1,
}
/** What each is charged with. */
const SIZE_BYTES = 500

/**
 * The embedded overflow: messages into frames, stored when the disk has confirmed; and back.
 *
 * @param {import('../contract.js').Build} build
 * @param {{ drains: boolean }} options
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function overflow({ core, overflow: load }, { drains }) {
  const { embeddedOverflow } = await load()
  return async (count, consume) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
    const store = embeddedOverflow({ folder, limit: LIMIT_BYTES }, core.realEnv)
    try {
      return await pass(core, store, { count, consume, drains })
    } finally {
      await rm(folder, { recursive: true })
    }
  }
}

/**
 * Out of a store what was put into it before.
 *
 * @param {import('../contract.js').Build['core']} core
 * @param {() => Promise<import('../../src/core/overflow-store.ts').OverflowStore>} createStore makes a new one, empty.
 * @returns {import('../contract.js').PreparedContender}
 */
export function drainOnly(core, createStore) {
  /** @type {import('../../src/core/overflow-store.ts').OverflowStore} */
  let store
  const before = async (/** @type {number} */ count) => {
    store = await createStore()
    await store.open({ onTrouble: raise, onOwnerLost: raise })
    await fill(core, store, { count, consume: () => {} })
  }
  /** @type {import('../contract.js').Contender} */
  const run = async (count, consume) => {
    try {
      return await drain(store, count, consume)
    } finally {
      await store.close()
    }
  }
  return Object.assign(run, { before })
}

/**
 * Messages into a store, and out of it again.
 *
 * @param {import('../contract.js').Build['core']} core
 * @param {import('../../src/core/overflow-store.ts').OverflowStore} store
 * @param {{ count: number, consume: import('../contract.js').Consume, drains: boolean }} task
 * @returns {Promise<number>} messages that are missing.
 */
export async function pass(core, store, { count, consume, drains }) {
  try {
    await store.open({ onTrouble: raise, onOwnerLost: raise })
    await fill(core, store, { count, consume: drains ? () => {} : consume })
    return drains ? await drain(store, count, consume) : count - store.depth.messages
  } finally {
    await store.close()
  }
}

/**
 * @param {import('../contract.js').Build['core']} core
 * @param {import('../../src/core/overflow-store.ts').OverflowStore} store
 * @param {{ count: number, consume: import('../contract.js').Consume }} task consumes what is stored.
 */
async function fill(core, store, { count, consume }) {
  for (let first = 0; first < count; first += MESSAGES_PER_CALL) {
    const messages = made(core, first, Math.min(count, first + MESSAGES_PER_CALL))
    await store.append(messages).stored
    for (const { data } of messages) consume(numberOf(/** @type {any} */ (data)))
  }
}

/**
 * @param {import('../contract.js').Build['core']} core
 * @param {number} first
 * @param {number} end
 */
function made({ Message }, first, end) {
  // One for all, as messages have it that are emitted together.
  const envelope = /** @type {any} */ ({ ...ENVELOPE, time: BEGIN_MS + first })
  return Array.from(
    { length: end - first },
    (_, index) =>
      new Message(/** @type {unknown} */ (paymentAt(first + index)), undefined, first + index, envelope, SIZE_BYTES),
  )
}

/**
 * @param {import('../../src/core/overflow-store.ts').OverflowStore} store
 * @param {number} count
 * @param {import('../contract.js').Consume} consume
 * @returns {Promise<number>} messages that are missing.
 */
async function drain(store, count, consume) {
  let drained = 0
  /** @type {Promise<void> | undefined} */
  let committing
  const commit = (/** @type {number} */ below) => store.commit({ below, above: [], parts: below - 1 })
  for (let next = 1; next < store.next;) {
    const chunk = await store.read(next, READ_AT_ONCE)
    for (const { data } of chunk.messages) consume(numberOf(/** @type {any} */ (data)))
    drained += chunk.messages.length
    next = chunk.next
    // One at a time, as an overflow does it.
    committing ??= Promise.resolve(commit(next)).finally(() => (committing = undefined))
  }
  await committing
  await commit(store.next)
  return count - drained
}

/** @param {Error | undefined} error */
function raise(error) {
  if (error !== undefined) throw error
}
