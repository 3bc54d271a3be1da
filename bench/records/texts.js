import { MERCHANTS, POOL, TEXT_LENGTH } from './job.js'

const SEED = 20_261_121

/** Numbers of merchants, one for each text. */
export const merchants = drawMerchants()
const texts = merchants.map((merchant, number) => textOf(number, merchant))

/** @param {number} n */
export function textAt(n) {
  return texts[n % POOL] ?? ''
}

/** @param {number} count */
export function* textsOf(count) {
  for (let n = 0; n < count; n++) yield textAt(n)
}

/** By Lehmer's generator. */
function drawMerchants() {
  let state = SEED
  return Array.from({ length: POOL }, () => {
    state = (state * 48_271) % 0x7fff_ffff
    return state % MERCHANTS
  })
}

/**
 * @param {number} number
 * @param {number} merchant
 */
function textOf(number, merchant) {
  const payment = {
    number,
    merchant: `merchant-${String(merchant).padStart(4, '0')}`,
    id: `pay_${(number * 7919 + SEED).toString(36).padStart(12, '0')}`,
    amountMinor: 100 + ((number * 37) % 90_000),
    currency: 'EUR',
    createdAt: '2026-11-21T10:15:30.000Z',
    card: { brand: 'visa', last4: String(1000 + (number % 9000)), isCredit: number % 3 === 0 },
    tags: ['web', 'retry'],
    note: '',
  }
  const padding = TEXT_LENGTH - JSON.stringify(payment).length
  return JSON.stringify({ ...payment, note: 'x'.repeat(padding) })
}
