/** Messages that are stored by one call, some 16 frames of 63 KB. */
export const MESSAGES_PER_CALL = 3840
/** Messages of a frame of the bare file: as many as a frame of the overflow has. */
export const MESSAGES_PER_FRAME = 240
/** When the messages came; ms since 1970. */
export const BEGIN_MS = 1_700_000_000_000

const NOTE = 'the usual amount for the usual month, paid by the usual account of the usual house'

/**
 * What is stored: 250 bytes as JSON, no two alike.
 *
 * @param {number} number
 */
export function paymentAt(number) {
  return {
    number,
    merchant: `merchant ${number % 97}`,
    amount: 1_000_000 + number * 7,
    currency: 'EUR',
    reference: `${(Math.imul(number, 0x9e3779b1) >>> 0) + 1_000_000_000_000}-RF18539007547034`,
    isPaid: number % 3 === 0,
    note: NOTE,
    city: 'Amsterdam',
  }
}

/** @param {{ number: number }} payment */
export function numberOf({ number }) {
  return number
}
