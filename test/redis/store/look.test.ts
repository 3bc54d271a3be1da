import { expect, test } from 'vitest'
import { realEnv } from '../../../src/core/env.ts'
import type { OverflowStore } from '../../../src/core/overflow-store.ts'
import { adoptAll } from '../../../src/overflow/adoption.ts'
import type { NotedPiece } from '../../../src/overflow/records.ts'
import { redisOverflow, redisOverflowLook, redisStoreOptions } from '../../../src/overflow/redis-store/redis.ts'
import { payments } from '../../overflow/spill/messages.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { keptLog } from '../connecting.ts'

const EVENTS = { onTrouble() {}, onOwnerLost() {} }
const LIMIT = 1024 ** 3

/** Overflows of a server, by the names of their edges. */
async function server() {
  const { url } = await TestRedis.start()
  const redis = redisStoreOptions.parse({ url, durability: 'memory' })
  const options = (node: string) => ({ redis, place: { pipeline: 'orders', node }, limit: LIMIT, owner: 'web-1:7' })
  const world = { env: realEnv, log: keptLog() }
  return {
    store: (node: string) => redisOverflow(options(node), world),
    look: (node: string) => redisOverflowLook(options(node), world),
  }
}

async function idsIn(store: OverflowStore, below: number): Promise<string[]> {
  const ids: string[] = []
  for (let at = below; at < store.next;) {
    const { messages, next } = await store.read(at, 1000)
    ids.push(...messages.map(({ id }) => id))
    at = next
  }
  return ids
}

test('a store is looked at while its owner goes on: how much is in it, what, and who has it; it is not written to', async () => {
  const { store, look } = await server()
  const owned = store('ledger')
  await owned.open(EVENTS)
  await owned.append(payments(100)).stored
  await owned.commit({ below: 11, above: [{ from: 20, to: 22 }], parts: 12 })
  const seen = look('ledger')
  expect(await seen.store.open(EVENTS)).toEqual({ below: 11, above: [{ from: 20, to: 22 }], parts: 12 })
  expect(seen.owner()).toBe('web-1:7')
  expect(seen.store.depth).toEqual(owned.depth)
  expect(await idsIn(seen.store, 11)).toHaveLength(88)
  await expect(seen.store.commit({ below: 101, above: [], parts: 100 })).rejects.toMatchObject({
    code: 'SLUICE_OVERFLOW_CLOSED',
  })
  await owned.append(payments(1, 100)).stored
  await seen.store.close()
  await owned.close()
})

test('a store that nobody ever had is empty, has no owner, and nothing is made by a look', async () => {
  const { look } = await server()
  for (const _ of [1, 2]) {
    const seen = look('nobody')
    await seen.store.open(EVENTS)
    expect([seen.store.next, seen.store.depth.messages, seen.owner()]).toEqual([1, 0, undefined])
    await seen.store.close()
  }
})

test('what is in one store is adopted by another one; what an ended run has moved is not moved again', async () => {
  const { store } = await server()
  const [source, target] = [store('gone'), store('there')]
  const from = { store: source, settled: await source.open(EVENTS) }
  const to = { store: target, settled: await target.open(EVENTS) }
  await source.append(payments(2500)).stored
  let noted: NotedPiece | undefined = { from: 1, until: 1001, to: 1 }
  // As if it had ended before its source was told.
  await target.append(payments(700)).stored
  const world = {
    noted,
    note: async (piece: NotedPiece) => void (noted = piece),
    storedAt: () => undefined,
    unwritable: () => undefined,
    onLost: () => undefined,
  }
  expect(await adoptAll(from, to, world)).toEqual({ messages: 2500, before: 700 })
  expect(await idsIn(target, 1)).toEqual(payments(2500).map(({ id }) => id))
  expect([source.depth.messages, target.depth.messages]).toEqual([0, 2500])
  await source.close()
  await target.close()
})
