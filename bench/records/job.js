/*
 * The job that most users have, the same for everybody: texts of 245 bytes are parsed, each record is looked up by a
 * promise (at most 64 at once; per merchant one at a time, in order), 100 of them make one body, as for a bulk insert.
 * 1,000 merchants, drawn evenly with a fixed seed.
 */

export const TEXT_LENGTH = 245
export const MERCHANTS = 1000
export const CONCURRENCY = 64
export const BATCH_SIZE = 100
/** Texts that are sent over and over: more than a processor's nearest caches hold. */
export const POOL = 20_000

/**
 * @typedef {object} Payment
 * @property {number} number its place among the texts.
 * @property {string} merchant the key.
 *
 * @typedef {(payment: Payment) => Promise<Payment>} LookUp
 */

/** @type {LookUp} */
export const afterMillisecond = (payment) => new Promise((resolve) => setTimeout(resolve, 1, payment))

/** @type {LookUp} */
export const atOnce = (payment) => Promise.resolve(payment)

/**
 * What becomes of the n-th text in the end.
 *
 * @param {number} n
 */
export const numberOf = (n) => n % POOL
