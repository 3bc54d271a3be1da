import { expect } from 'vitest'
import type { OverflowStore, Settled } from '../../../src/core/overflow-store.ts'
import { batch, payments } from './messages.ts'

const EVENTS = { onTrouble() {}, onOwnerLost() {} }
const PARTS = 10
const MANY = 18_000

/** More ranges than can be written down: what is forgotten counts as stored again, with its parts. */
export async function expectPartsOfForgotten(make: () => OverflowStore): Promise<void> {
  const store = make()
  await store.open(EVENTS)
  const parts = payments(PARTS)
  const given = Array.from({ length: MANY }, (_, at) => (at % 3 === 0 ? batch(parts) : payments(1, at)[0]!))
  await store.append(given).stored
  // Each batch but the last hundred of them.
  const above = given.flatMap((one, at) =>
    one.parts !== undefined && at < MANY - 300 ? [{ from: at + 1, to: at + 2 }] : [],
  )
  const long = { from: MANY - 100, to: MANY }
  const settled: Settled = { below: 1, above: [...above.slice(1), long], parts: 0 }
  const partsOf = ({ above: ranges }: Pick<Settled, 'above'>): number =>
    ranges.reduce((sum, { from, to }) => {
      const messages = given.slice(from - 1, to - 1)
      return sum + messages.reduce((count, one) => count + (one.parts?.length ?? 1), 0)
    }, 0)
  const all = partsOf({ above: [{ from: 1, to: MANY + 1 }] })
  await store.commit({ ...settled, parts: partsOf(settled) })
  expect(store.depth.parts).toBe(all - partsOf(settled))
  await store.close()

  const next = make()
  const found = await next.open(EVENTS)
  expect(found.above.length).toBeLessThan(settled.above.length)
  expect(next.depth.parts).toBe(all - partsOf(found))
  await next.close()
  expect(await next.open(EVENTS)).toEqual(found)
  expect(next.depth.parts).toBe(all - partsOf(found))
  await next.commit({ below: MANY + 1, above: [], parts: all })
  await next.close()
}
