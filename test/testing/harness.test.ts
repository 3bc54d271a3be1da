import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineProducer, defineStage } from '../../src/core/component.ts'
import { use } from '../../src/core/configured.ts'
import { each } from '../../src/consumers/each.ts'
import { file } from '../../src/consumers/file.ts'
import { generate } from '../../src/producers/generate.ts'
import { http } from '../../src/producers/http.ts'
import { iterable } from '../../src/producers/iterable.ts'
import { queue } from '../../src/producers/queue.ts'
import { batch } from '../../src/stages/batch.ts'
import filterDefinition, { filter } from '../../src/stages/filter.ts'
import { flatMap } from '../../src/stages/flat-map.ts'
import { map } from '../../src/stages/map.ts'
import { unbatch } from '../../src/stages/unbatch.ts'
import { harness } from '../../src/testing/index.ts'

const NONE = z.strictObject({})

test('a stage gives no more than was granted, and each message has its outcome', async () => {
  const run = harness(map((n: number) => n * 2))
  run.grant(2)
  await run.push([1, 2, 3])
  expect(run.given).toEqual([2, 4])
  expect(run.pending).toEqual([3])
  run.grant(1)
  await run.settle()
  expect(run.given).toEqual([2, 4, 6])
  expect(run.outcomes).toEqual([1, 2, 3].map((data) => ({ data, outcome: 'acked' })))
  expect(await run.stop()).toMatchObject({ outcome: 'stopped', left: [] })
  expect(run.timers).toBe(0)
})

test('outcomes say what was dropped and why, and what failed with which error at which node', async () => {
  const run = harness(
    filter((n: number) => {
      if (n === 3) throw new Error('no threes')
      return n > 1
    }),
  )
  run.grant(10)
  await run.push([1, 2, 3])
  expect(run.outcomes).toEqual([
    { data: 1, outcome: 'dropped', reason: 'filtered' },
    { data: 2, outcome: 'acked' },
    { data: 3, outcome: 'failed', error: new Error('no threes'), node: 'filter' },
  ])
  expect([run.acked, run.dropped, run.failed]).toEqual([[2], [1], [3]])
  expect(run.stats.dropped).toEqual({ filtered: 1 })
})

test('a definition is tried with its options and settings beside it', async () => {
  const run = harness(filterDefinition, { options: { when: 'data.n > 1' }, settings: { timeout: '5s' } })
  run.grant(10)
  await run.push([{ n: 1 }, { n: 2 }])
  expect(run.given).toEqual([{ n: 2 }])
})

test('data and headers are frozen, as deep as they go', async () => {
  const run = harness(
    each((data: { inner: { n: number }; list: number[] }, { headers }) => {
      expect(Object.isFrozen(data.inner) && Object.isFrozen(data.list) && Object.isFrozen(headers)).toBe(true)
      data.inner.n = 2
    }),
  )
  await run.push([{ inner: { n: 1 }, list: [] }], { headers: { trace: 'a' } })
  expect(run.outcomes).toMatchObject([{ outcome: 'failed', error: { name: 'TypeError' } }])
})

test('time stands still until the test moves it: a batch leaves when its timeout has passed', async () => {
  const run = harness(batch<number>({ size: 10, timeout: '200ms' }))
  run.grant(1)
  await run.push([1, 2])
  await run.advance(199)
  expect([run.given, run.stats.held]).toEqual([[], 2])
  await run.advance(1)
  expect(run.given).toEqual([[1, 2]])
  await run.push([3])
  const flushed = run.flush()
  run.grant(1)
  await flushed
  expect(run.given).toEqual([[1, 2], [3]])
})

test('an asynchronous handler that waits for its clock comes back when the clock is moved', async () => {
  const waiting = defineStage({
    name: 'waiting',
    summary: 'Waits.',
    options: NONE,
    create: (_options, { clock }) => ({
      map: (n: number) => new Promise<number>((resolve) => void clock.after(50, () => resolve(n))),
    }),
  })
  const run = harness(use(waiting), { settings: { concurrency: 2 } })
  run.grant(3)
  await run.push([1, 2, 3])
  await run.advance(50)
  expect(run.given).toEqual([1, 2])
  expect(await run.stop()).toMatchObject({ outcome: 'stopped' })
  expect(run.given).toEqual([1, 2, 3])
})

test('batches come to a stage that has a `batch` before it, and outcomes are those of single messages', async () => {
  const run = harness(unbatch<number>(), { before: [batch({ size: 2 })] })
  run.grant(10)
  await run.push([1, 2, 3])
  await run.end()
  expect(run.given).toEqual([1, 2, 3])
  expect(run.acked).toEqual([1, 2, 3])
  expect(run.report).toMatchObject({ outcome: 'finished' })
})

test('by hand, what is given has no outcome until the test says so', async () => {
  const run = harness(
    flatMap((n: number) => [n, n + 1]),
    { answers: 'by hand' },
  )
  run.grant(10)
  await run.push([1, 10])
  expect([run.given, run.outcomes]).toEqual([[1, 2, 10, 11], []])
  await run.ack(2)
  await run.fail(new Error('no room'))
  expect(run.pending).toEqual([10])
  await run.ack()
  expect(run.outcomes).toMatchObject([
    { data: 1, outcome: 'acked' },
    { data: 10, outcome: 'failed', error: { message: 'no room' } },
  ])
  await expect(run.ack()).rejects.toThrow('0 messages wait for an answer')
})

test('a producer gives what it is asked for, and is told outcomes', async () => {
  const told: string[] = []
  const counting = defineProducer({
    name: 'counting',
    summary: 'Counts.',
    options: NONE,
    create: (_options, { message }) => ({
      handleDemand: (count) => Array.from({ length: count }, (_, index) => message(index)),
      settle: (acked, failed) => void told.push(`${acked.length} acked, ${failed.length} failed`),
    }),
  })
  const run = harness(counting, { answers: 'by hand' })
  await run.ask(3)
  expect(run.given).toEqual([0, 1, 2])
  await run.ack(2)
  await run.fail(new Error('no'))
  expect(told).toEqual(['2 acked, 0 failed', '0 acked, 1 failed'])
  expect(await run.stop()).toMatchObject({ outcome: 'stopped' })
})

test('a producer that waits for its clock, one that ends, and one that is fed', async () => {
  const paced = harness(generate({ rate: 10 }))
  await paced.ask(5)
  await paced.advance(250)
  expect(paced.given).toHaveLength(3)
  await paced.stop()

  const finite = harness(iterable(['a', 'b']))
  await finite.ask(9)
  expect([finite.given, finite.report?.outcome]).toEqual([['a', 'b'], 'finished'])

  const orders = queue<number>()
  const fed = harness(orders)
  await fed.ask(1)
  expect(orders.offerMany([1, 2])).toBe(2)
  await fed.settle()
  expect(fed.given).toEqual([1])
})

test('a consumer that does real I/O is waited for, with a clock that stands still', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-harness-'))
  const path = join(folder, 'out.ndjson')
  const run = harness(file({ path, interval: '1s' }))
  await run.push([1, 2])
  expect(run.outcomes).toEqual([])
  await run.advance(1000)
  await run.until(() => run.acked.length === 2, 'both are acked')
  await run.stop()
  expect(await readFile(path, 'utf8')).toBe('1\n2\n')
  await rm(folder, { recursive: true })
})

test('with the clock on the wall, a door answers whoever sends to it', async () => {
  const run = harness(http({ port: 0 }), { clock: 'real' })
  await run.ask(1)
  const { url } = run.log[0]!.fields as { url: string }
  const answer = await fetch(url, { method: 'POST', body: '{"id":1}', headers: { 'content-type': 'application/json' } })
  expect([answer.status, run.given]).toEqual([200, [{ id: 1 }]])
  expect(await run.stop()).toMatchObject({ outcome: 'stopped' })
  expect(run.timers).toBe(0)
})

test('handlers may be an object of a class with private fields, or frozen', async () => {
  class Counting {
    #count = 0
    map(n: number): number {
      return n + this.#count++
    }
    stop(): void {
      this.#count = 0
    }
  }
  for (const create of [() => new Counting(), () => Object.freeze({ map: (n: number) => n })]) {
    const run = harness(use(defineStage({ name: 'made', summary: 'Made.', options: NONE, create })))
    run.grant(2)
    await run.push([1, 2])
    expect(run.acked).toEqual([1, 2])
    expect(await run.stop()).toMatchObject({ outcome: 'stopped' })
    expect(run.log).toEqual([])
  }
})
