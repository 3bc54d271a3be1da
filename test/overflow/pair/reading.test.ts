import { expect, test } from 'vitest'
import { OVERFLOW_ERRORS, overflowError } from '../../../src/overflow/errors.ts'
import { ExchangedStore } from '../../../src/overflow/pair/exchanged-store.ts'
import { Reading } from '../../../src/overflow/pair/reading.ts'
import { Opening } from '../../../src/overflow/pair/shared-store.ts'
import { HeldStore } from '../../support/overflow.ts'
import { ManualEnv } from '../../support/manual-env.ts'
import { message } from '../spill/messages.ts'

const LOG = { debug() {}, info() {}, warn() {}, error() {} }

/** A store of three messages, all of which have failed once and are due, and who reads it. */
async function threeFailed() {
  const env = new ManualEnv()
  const held = new HeldStore()
  const opening = new Opening(
    new ExchangedStore(held.overflow().createStore({ env, log: LOG, name: 'orders' }), () => {}),
    '',
  )
  opening.settled = await opening.store.open({ onTrouble() {}, onOwnerLost() {} })
  await opening.store.append([1, 2, 3].map((data) => message(data))).stored
  opening.end = opening.store.next
  const metrics = { add() {} } as never
  const context = { clock: env, random: () => env.random(), log: LOG, metrics, env, changed() {}, lost() {} }
  const reading = new Reading(opening, context)
  for (const stored of await reading.take(10)) {
    const given = message(stored.data)
    reading.given(given, stored)
    reading.failed(given)
  }
  await env.advanceAsync(1000)
  return { env, held, reading }
}

test('of several that come again one cannot be read: what was read before goes on, and the others come later', async () => {
  expect(OVERFLOW_ERRORS.SLUICE_LOG_READ_FAILED.kind).toBe('place') // So it is asked again.
  const { env, held, reading } = await threeFailed()
  held.holds.add('read')
  const asked = reading.take(10)
  await env.settle()
  held.take()
  await env.settle()
  held.held.shift()!.reject(overflowError('SLUICE_LOG_READ_FAILED', 'no disk'))
  const first = await asked
  held.holds.clear()
  const second = await reading.take(10)
  expect(new Set([...first, ...second].map(({ data }) => data))).toEqual(new Set([1, 2, 3]))
  expect([first.length, second.length]).toEqual([1, 2])
})

test('where the first cannot be read, that is told, and it comes with the next', async () => {
  const { env, held, reading } = await threeFailed()
  held.holds.add('read')
  const told = reading.take(10).catch((error: unknown) => error)
  await env.settle()
  held.held.shift()!.reject(overflowError('SLUICE_LOG_READ_FAILED', 'no disk'))
  expect(await told).toMatchObject({ code: 'SLUICE_LOG_READ_FAILED' })
  held.holds.clear()
  expect(new Set((await reading.take(10)).map(({ data }) => data))).toEqual(new Set([1, 2, 3]))
})
