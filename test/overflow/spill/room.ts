import { expect } from 'vitest'
import type { OverflowStore } from '../../../src/core/overflow-store.ts'
import { payments } from './messages.ts'

const EVENTS = { onTrouble() {}, onOwnerLost() {} }
const MANY = 40_000

/** What is settled far behind what somebody has is given back, and nobody takes it for lost. */
export async function expectRoomBehindTheHead(make: () => OverflowStore): Promise<void> {
  const store = make()
  await store.open(EVENTS)
  for (let first = 0; first < MANY; first += 1000) await store.append(payments(1000, first)).stored
  const before = store.depth.bytes
  const settled = { below: 3, above: [{ from: 101, to: 30_001 }], parts: 29_902 }
  await store.commit(settled)
  expect(store.depth.bytes / before).toBeLessThan(0.5)
  expect(store.depth.bytes / before).toBeGreaterThan(0.2)
  await expectRest(store)
  await store.close()

  const next = make()
  expect(await next.open(EVENTS)).toMatchObject(settled)
  await expectRest(next)
  await next.append(payments(1000)).stored
  await next.commit(settled)
  expect(next.depth.bytes / before).toBeLessThan(0.6)
  await next.commit({ below: MANY + 1001, above: [], parts: MANY + 1000 })
  expect(next.depth.messages).toBe(0)
  expect(next.depth.bytes / before).toBeLessThan(0.1)
  await next.close()
}

async function expectRest(store: OverflowStore): Promise<void> {
  const numbers: number[] = []
  for (let at = 3; at <= MANY;) {
    const { messages, lost, next } = await store.read(at, 1000)
    expect(lost).toEqual([])
    numbers.push(...messages.map(({ number }) => number))
    at = next
  }
  const expected = Array.from({ length: MANY }, (_, index) => index + 1)
  expect(numbers).toEqual(expected.filter((number) => (number >= 3 && number <= 100) || number > 30_000))
}
