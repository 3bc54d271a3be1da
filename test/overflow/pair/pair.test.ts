import { expect, test } from 'vitest'
import { batch } from '../../../src/stages/batch.ts'
import { until } from '../../support/pipeline.ts'
import { dataDir, drained, numbers, spilling } from './pairs.ts'

test('what is stored is delivered in order, by a drain that wakes when something comes, and is not there afterwards', async () => {
  const at = { dataDir: dataDir() }
  const drain = await drained(at)
  const spill = await spilling(at)
  for (const first of [0, 100, 200]) {
    spill.input.push(numbers(100, first))
    await until(() => drain.seen.length === first + 100, `${first + 100} are delivered`)
  }
  expect(drain.seen.map(({ data }) => data)).toEqual(numbers(300))
  expect(spill.input.outcomes).toEqual(numbers(300).map((number) => `${number}: acked`))
  expect(spill.metric('overflow', 'stored')).toBe(300)
  await drain.graph.stop()
  await spill.graph.stop()
  const again = await drained({ ...at, until: 'empty' })
  expect(await again.graph.finishedReport).toMatchObject({ outcome: 'finished' })
  expect(again.seen).toEqual([])
})

test('a message keeps its id, key, headers, time, priority and size', async () => {
  const at = { dataDir: dataDir() }
  const spill = await spilling(at)
  const details = { position: '7', key: 'k', headers: { trace: '1' }, time: 1_000, priority: 7, sizeBytes: 99 }
  spill.input.push([{ at: new Date(5), bytes: new Uint8Array([1, 2]) }], details)
  await until(() => spill.input.receipts.length === 1, 'it is acked')
  await spill.graph.stop()
  const { seen, graph } = await drained({ ...at, until: 'empty' })
  await graph.finishedReport
  const { position: _, ...kept } = details
  const data = { at: new Date(5), bytes: new Uint8Array([1, 2]) }
  expect(seen).toEqual([{ ...kept, id: 'feed:7', attempt: 1, data }])
})

test('of a batch the parts are stored one by one, each with its id and its key', async () => {
  const at = { dataDir: dataDir() }
  const spill = await spilling(at, { between: [{ component: batch({ size: 2 }).definition, options: { size: 2 } }] })
  spill.input.push(['a'], { position: '1', key: 'x' })
  spill.input.push(['b'], { position: '2', key: 'y' })
  await until(() => spill.input.receipts.length === 2, 'both are acked')
  await spill.graph.stop()
  const { seen, graph } = await drained({ ...at, until: 'empty' })
  await graph.finishedReport
  expect(seen.map(({ id, key, data }) => [id, key, data])).toEqual([
    ['feed:1', 'x', 'a'],
    ['feed:2', 'y', 'b'],
  ])
})

test('what cannot be written fails alone, in a batch as well', async () => {
  const at = { dataDir: dataDir() }
  // JSON can be made of it, by whoever wants to tell of it; but it takes more than an eighth of the limit.
  const large = 'x'.repeat(200_000)
  const small = { ...at, limit: '1MiB', frame: { bytes: '16KiB' } }
  const alone = await spilling(small)
  alone.input.push([1])
  alone.input.push([large])
  alone.input.push([2])
  await until(() => alone.input.receipts.length === 3, 'all have an outcome')
  expect(alone.failures).toEqual(['overflow: SLUICE_OVERFLOW_TOO_LARGE'])
  await alone.graph.stop()
  const batched = await spilling(small, {
    between: [{ component: batch({ size: 2 }).definition, options: { size: 2 } }],
  })
  batched.input.push([large, 3])
  await until(() => batched.input.receipts.length === 2, 'both have an outcome')
  expect(batched.input.receipts.map(({ outcome }) => outcome).toSorted()).toEqual(['acked', 'failed'])
  await batched.graph.stop()
  const { seen, graph } = await drained({ ...at, until: 'empty' })
  await graph.finishedReport
  expect(seen.map(({ data }) => data)).toEqual([1, 2, 3])
})

test('what fails comes again with one attempt more, until it is delivered; what came after it goes on', async () => {
  const at = { dataDir: dataDir() }
  const spill = await spilling(at)
  spill.input.push(numbers(5))
  let fails = 2
  const drain = await drained(at, ({ data }) => {
    if (data === 2 && fails-- > 0) throw new Error('not yet')
  })
  await until(() => drain.seen.length === 7, 'it was tried three times')
  expect(drain.seen.filter(({ data }) => data === 2).map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  expect(new Set(drain.seen.map(({ id }) => id)).size).toBe(5)
  expect(drain.metric('overflow', 'redelivered')).toBe(2)
  await drain.graph.stop()
  await spill.graph.stop()
  const again = await drained({ ...at, until: 'empty' })
  await again.graph.finishedReport
  expect(again.seen).toEqual([])
})

test('what was not delivered when the drain stopped comes first at the next start, in order', async () => {
  const at = { dataDir: dataDir() }
  const spill = await spilling(at)
  spill.input.push(numbers(10))
  await until(() => spill.input.receipts.length === 10, 'all are stored')
  const first = await drained(at, ({ data }) => {
    if ((data as number) % 2 === 1) throw new Error('odd')
  })
  await until(() => first.seen.length >= 10, 'all were tried')
  await first.graph.stop()
  const second = await drained({ ...at, until: 'empty' })
  await second.graph.finishedReport
  expect(second.seen.map(({ data }) => data)).toEqual([1, 3, 5, 7, 9])
})

test('at its limit nothing more is taken, until the drain has given room back', async () => {
  const at = { dataDir: dataDir() }
  const spill = await spilling({ ...at, limit: '1MiB', frame: { bytes: '16KiB' } }, { settings: { callSize: 10 } })
  const text = 'x'.repeat(20_000)
  spill.input.push(numbers(200).map((number) => ({ number, text })))
  await until(() => spill.log.some(({ message }) => message.includes('is full')), 'it is full')
  expect(spill.input.receipts.length).toBeLessThan(200)
  const drain = await drained(at)
  await until(() => drain.seen.length === 200, 'all are delivered')
  expect(drain.seen.map(({ data }) => (data as { number: number }).number)).toEqual(numbers(200))
  await until(() => spill.input.receipts.length === 200, 'all are acked')
  expect(spill.failures).toEqual([])
  expect(spill.log.some(({ message }) => message.includes('has room again'))).toBe(true)
})

test('a call that waits for room for longer than its timeout is no failure of its messages', async () => {
  const at = { dataDir: dataDir() }
  const settings = { callSize: 10, timeoutMs: 50, giveUpAfterMs: 60_000 }
  const spill = await spilling({ ...at, limit: '1MiB', frame: { bytes: '16KiB' } }, { settings })
  const text = 'x'.repeat(20_000)
  spill.input.push(numbers(100).map((number) => ({ number, text })))
  await until(() => spill.log.some(({ message }) => message.includes('is full')), 'it is full')
  const sink = () => spill.graph.stats().nodes.find(({ name }) => name === 'overflow')!
  await until(() => sink().heldBackBy === 'circuit', 'a call has timed out')
  const drain = await drained(at)
  await until(() => new Set(drain.seen.map(({ id }) => id)).size === 100, 'all are delivered')
  expect(spill.failures).toEqual([])
})

test('the one who fills decides how it is written, also where the drain was there before', async () => {
  const at = { dataDir: dataDir() }
  const drain = await drained(at)
  const bytesWith = async (codec: string): Promise<void> => {
    const spill = await spilling({ ...at, codec })
    spill.input.push(numbers(500).map((number) => ({ number, text: 'x'.repeat(100) })))
    await until(() => spill.input.receipts.length === 500, 'all are stored')
    await spill.graph.stop()
  }
  await bytesWith('json')
  await bytesWith('json+deflate')
  await until(() => drain.seen.length === 1000, 'all are delivered, once')
  expect(drain.seen.map(({ data }) => (data as { number: number }).number)).toEqual([...numbers(500), ...numbers(500)])
})

test('a second drain of a process is refused', async () => {
  const at = { dataDir: dataDir() }
  await drained(at)
  await expect(drained(at)).rejects.toMatchObject({ code: 'SLUICE_OVERFLOW_IN_USE' })
})
