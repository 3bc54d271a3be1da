import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConsumer } from '../../src/core/component.ts'
import { each } from '../../src/consumers/each.ts'
import { generate } from '../../src/producers/generate.ts'
import { batch } from '../../src/stages/batch.ts'
import { filter } from '../../src/stages/filter.ts'
import { map } from '../../src/stages/map.ts'
import type { Run } from '../../src/testing/harness/run.ts'
import { until } from '../../src/testing/harness/time.ts'
import { harness } from '../../src/testing/index.ts'

test('a component that cannot be opened rejects what is awaited first', async () => {
  const broken = defineConsumer({
    name: 'broken',
    summary: 'Has no door.',
    options: z.strictObject({}),
    create: () => ({ open: () => Promise.reject(new Error('no such host')), each: () => {} }),
  })
  const run = harness(broken)
  await expect(run.push([1])).rejects.toThrow('no such host')
  expect(run.report).toMatchObject({ outcome: 'failed', node: 'broken' })
})

test('a handler that never comes back does not keep a stop from its end: what is left is failed', async () => {
  const run = harness(
    each(() => new Promise<void>(() => {})),
    { settings: { timeout: '1d' }, stopTimeoutMs: 1_000, io: false },
  )
  await run.push([1])
  expect(await run.stop()).toMatchObject({ outcome: 'deadline', left: [{ node: 'each', messages: 1 }] })
  expect(run.failed).toEqual([1])
})

test('what does not come is told, with what was waited for', async () => {
  const run = harness(map((n: number) => n)) as Run
  await run.push([1])
  const wanted = { condition: () => run.given.length > 0, what: 'one is given', withinMs: 10 }
  await expect(until(run.time, wanted)).rejects.toThrow(/^waited for 0\.01 s until one is given \(grant more, /)
  run.grant(1)
  await run.until(wanted.condition)
})

test('what cannot be done says why, and what to do', async () => {
  expect(() => harness(filter as never)).toThrow('this cannot be tried: the function filter; call it')
  expect(() => harness(undefined as never)).toThrow('a value of type undefined without a `kind`')
  expect(() => harness(batch({ size: 0 }))).toThrow('the options of batch: size: ')
  expect(() => harness(batch(), { settings: { timeOut: '1s' } })).toThrow('Unrecognized key: "timeOut"')
  expect(() => harness(batch(), { options: {} })).toThrow('batch has its options from its factory')
  expect(() => harness(generate(), { before: [batch()] })).toThrow('nothing stands before a producer')
  const stage = harness(batch<number>())
  expect(() => stage.grant(0)).toThrow('`grant` takes a count of messages, from 1 on, not 0')
  await expect(stage.push(1 as never)).rejects.toThrow('`push` takes an array')
  await expect(stage.advance(-1)).rejects.toThrow('`advance` takes ms, not -1')
  await stage.stop()
  await expect(stage.push([1])).rejects.toThrow('`push` comes too late: the run has stopped')
  const consumer = harness(each(() => {})) as object as typeof stage
  expect(() => consumer.given).toThrow('each is a consumer, which gives no messages')
  const producer = harness(generate()) as object as typeof stage
  await expect(producer.push([1])).rejects.toThrow('generate is a producer, which takes no messages')
})
