import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { realEnv } from '../../src/core/env.ts'
import type { OverflowStore } from '../../src/core/overflow-store.ts'
import { embeddedOverflow } from '../../src/overflow/spill/embedded.ts'
import { gate } from '../support/ends.ts'
import { fails, NDJSON, start, stopAll } from '../support/http-door.ts'
import { HeldStore } from '../support/overflow.ts'
import { until } from '../support/pipeline.ts'

afterEach(stopAll)

/** A door whose messages are stored first. */
async function durable(given: Parameters<typeof start>[0] = {}, store = new HeldStore()) {
  const settings = { ...given.settings, durable: store.overflow({ mode: 'always' }) }
  return { store, ...(await start({ ...given, settings })) }
}

test('http: with `durable` 204 without a body says that a message is stored, before it is delivered', async () => {
  const output = gate()
  const { post, store } = await durable({ output })
  expect(await post({ id: 1 })).toMatchObject({ status: 204, body: '' })
  expect(store.store.depth.messages).toBe(1)
  output.open()
  await until(() => store.store.depth.messages === 0, 'it is delivered and settled')
})

test('http: with `durable` there is no answer before the store has confirmed', async () => {
  const store = new HeldStore()
  const { post } = await durable({}, store)
  store.holds.add('append')
  let isAnswered = false
  const answer = post({ id: 1 }).finally(() => (isAnswered = true))
  await until(() => store.held.length === 1, 'it is being stored')
  expect(isAnswered).toBe(false)
  store.holds.clear()
  store.take()
  expect(await answer).toMatchObject({ status: 204 })
})

test('http: with `durable` lists, NDJSON and nothing at all get 204, and so does `reply: accepted`', async () => {
  const { post } = await durable({ options: { reply: 'accepted' } })
  expect(await post([1, 2])).toMatchObject({ status: 204 })
  expect(await post('1\n2', NDJSON)).toMatchObject({ status: 204 })
  expect(await post([])).toMatchObject({ status: 204 })
  expect(await post(3)).toMatchObject({ status: 204 })
})

test('http: with `durable` what fails below is told to nobody: it was stored, and comes again', async () => {
  let isDown = true
  const output = fails(() => (isDown ? new Error('refused') : undefined))
  const { post } = await durable({ output })
  expect(await post({ id: 1 })).toMatchObject({ status: 204 })
  isDown = false
  await until(() => output.values.length === 1, 'it is delivered')
})

test('http: with `durable` what could not be stored fails, and of a list it is named', async () => {
  const { post } = await durable({ settings: { key: ({ data }) => String((data as { k: string }).k.length) } })
  expect(await post({ id: 1 })).toMatchObject({ status: 422 })
  expect(await post([{ k: 'a' }, { id: 2 }])).toMatchObject({
    status: 207,
    body: { accepted: 1, failed: [{ index: 1 }] },
  })
})

test('http: with `durable` a message that the store never takes is 413, with what to do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-durable-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const createStore = (): OverflowStore => embeddedOverflow({ folder, limit: 1024 ** 2, durability: 'os' }, realEnv)
  const { post } = await start({ settings: { durable: { mode: 'always', createStore } } })
  expect(await post({ text: 'x'.repeat(200 * 1024) })).toMatchObject({
    status: 413,
    body: { code: 'SLUICE_OVERFLOW_TOO_LARGE', hint: expect.stringContaining('raise `limit`') as string },
  })
  expect(await post({ text: 'small' })).toMatchObject({ status: 204 })
})
