import { rmSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pairStatsOf } from '../../../src/overflow/pair/pair-stats.ts'
import { batch } from '../../../src/stages/batch.ts'
import { until } from '../../support/pipeline.ts'
import { dataDir, drained, numbers, spilling } from './pairs.ts'

const DATE = Date.now() + 60_000

test('both ends of a pair tell what is in their store, and the one that drains how old it is', async () => {
  const at = { dataDir: dataDir() }
  const spill = await spilling(at)
  spill.input.push(numbers(10))
  await until(() => spill.input.outcomes.length === 10, 'all are stored')
  const [fills] = pairStatsOf('test', DATE)
  expect(fills).toMatchObject({ kind: 'fills', name: 'orders', node: 'overflow', isOwner: true, stored: 10, lost: 0 })
  expect(fills!.limitBytes).toBeGreaterThan(fills!.storedBytes)
  expect(fills!.oldestStoredMs).toBeUndefined()

  let release = (): void => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const drain = await drained(at, () => held)
  await until(() => drain.seen.length > 0, 'the first is delivered')
  const both = pairStatsOf('test', DATE)
  expect(both.map(({ kind, stored }) => [kind, stored])).toEqual([
    ['fills', 10],
    ['drains', 10],
  ])
  expect(both[1]!.oldestStoredMs).toBeGreaterThan(0)
  release()
  await until(() => pairStatsOf('test', DATE)[1]!.stored === 0, 'all is delivered and written down')
  expect(pairStatsOf('test', DATE)[1]!.oldestStoredMs).toBeUndefined()
  await drain.graph.stop()
  await spill.graph.stop()
  expect(pairStatsOf('test', DATE)).toEqual([])
})

test('of batches inside of batches all parts are counted, stored and delivered', async () => {
  const at = { dataDir: dataDir() }
  const between = [2, 3].map((size) => ({
    name: `by${size}`,
    component: batch({ size }).definition,
    options: { size },
  }))
  const spill = await spilling(at, { between })
  spill.input.push(numbers(12))
  await until(() => spill.input.outcomes.length === 12, 'all are stored')
  const counts = () => pairStatsOf('test', DATE).map(({ stored, storedParts }) => [stored, storedParts])
  expect(counts()).toEqual([[6, 12]])
  let given = 0
  let release = (): void => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  await drained(at, () => (++given > 4 ? held : undefined))
  await until(() => counts()[0]![0] === 2, 'four are delivered')
  expect(counts()[0]).toEqual([2, 4])
  release()
})

test('what is missing in the store is counted by the end that drains it', async () => {
  const at = { dataDir: dataDir() }
  const spill = await spilling(at)
  spill.input.push(numbers(10))
  await until(() => spill.input.outcomes.length === 10, 'all are stored')
  await spill.graph.stop()
  const folder = join(at.dataDir, 'overflow.orders')
  for (const name of readdirSync(folder)) if (name.endsWith('.v1')) rmSync(join(folder, name))
  const drain = await drained(at)
  await until(() => pairStatsOf('test', DATE)[0]?.lost === 10, 'all ten are known to be lost')
  expect(drain.seen).toEqual([])
})
