import { createJiti } from 'jiti'

/** Spills messages into a folder until it is killed, and says how many are confirmed; settles half of them. */
const jiti = createJiti(import.meta.url)
const { embeddedOverflow } = /** @type {any} */ (await jiti.import('../../../src/overflow/spill/embedded.ts'))
const { realEnv } = /** @type {any} */ (await jiti.import('../../../src/core/env.ts'))
const { payments } = /** @type {any} */ (await jiti.import('./messages.ts'))

const store = embeddedOverflow({ folder: process.argv[2], limit: 64 * 1024 ** 2 }, realEnv)
await store.open({ onTrouble: () => undefined, onOwnerLost: () => undefined })
for (let count = 0; ; count += 1000) {
  await store.append(payments(1000, count)).stored
  const below = Math.floor((store.next + 1) / 2)
  await store.commit({ below, above: [], parts: below - 1 })
  process.stdout.write(`${store.next - 1}\n`)
}
