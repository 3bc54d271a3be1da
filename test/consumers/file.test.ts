import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import file, { createFile } from '../../src/consumers/file.ts'
import { defineConsumer } from '../../src/core/component.ts'
import type { NodeSettings } from '../../src/core/spec.ts'
import { exitCodeOf } from '../../src/kit/component-errors.ts'
import batch from '../../src/stages/batch.ts'
import { feed, type Feed } from '../support/ends.ts'
import { FaultyFiles } from '../support/faulty-files.ts'
import { line, until, type Line, type Part } from '../support/pipeline.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  path = join(folder, 'ledger.ndjson')
})
afterEach(() => rm(folder, { recursive: true }))

const content = (): Promise<string> => readFile(path, 'utf8')

interface Given {
  readonly options?: object
  readonly settings?: NodeSettings
  readonly between?: readonly Part[]
  readonly files?: FaultyFiles
}

async function start({ options = {}, settings = {}, between = [], files }: Given = {}): Promise<
  Line & { input: Feed }
> {
  const input = feed()
  const component = defineConsumer({ ...file, create: (given, context) => createFile(given, context, files) })
  const made = line([input, ...between, { component, options: { path, ...options }, settings }])
  await made.graph.start()
  return { ...made, input }
}

async function finish({ graph, input }: Line & { input: Feed }): Promise<void> {
  input.end()
  expect((await graph.finishedReport).outcome).toBe('finished')
}

const syncs = ({ calls }: FaultyFiles): number => calls.filter((call) => call === 'datasync').length
const MODES = ['each', 'interval', 'never'] as const

describe('file: what it writes', () => {
  test.each(MODES)('fsync %s: each message is a line, in order, and acked', async (fsync) => {
    const made = await start({ options: { fsync } })
    const values = Array.from({ length: 2500 }, (_, n) => ({ n }))
    made.input.push(values)
    await finish(made)
    expect(await content()).toBe(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
    expect(made.input.outcomes).toEqual(values.map(({ n }) => `{"n":${n}}: acked`))
  })

  test('a batch is a line per part; other data that is a list is one line', async () => {
    const made = await start({ between: [{ component: batch, options: { size: 3 } }] })
    made.input.push([1, [2, 3], 4, 5])
    await finish(made)
    expect(await content()).toBe('1\n[2,3]\n4\n5\n')
  })

  test.each(MODES)('fsync %s: data that JSON cannot say fails its message and no other', async (fsync) => {
    const made = await start({ options: { fsync } })
    made.input.push([1, 2n, undefined, 3])
    await finish(made)
    expect(await content()).toBe('1\n3\n')
    expect(made.input.outcomes.toSorted()).toEqual([
      '"2n": SLUICE_OUTPUT_NOT_JSON',
      '1: acked',
      '3: acked',
      'undefined: SLUICE_OUTPUT_NOT_JSON',
    ])
  })

  test('a part of a batch that JSON cannot say fails by itself', async () => {
    const made = await start({ between: [{ component: batch, options: { size: 3 } }] })
    made.input.push([1, 2n, 3])
    await finish(made)
    expect(await content()).toBe('1\n3\n')
    expect(made.input.outcomes).toEqual(['1: acked', '"2n": SLUICE_OUTPUT_NOT_JSON', '3: acked'])
  })

  test('several calls at once leave whole lines', async () => {
    const made = await start({ settings: { concurrency: 4, callSize: 10 } })
    const values = Array.from({ length: 1000 }, (_, n) => 'x'.repeat(n))
    made.input.push(values)
    await finish(made)
    const lines = (await content())
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as string)
    expect(lines.toSorted((a, b) => a.length - b.length)).toEqual(values)
  })

  test('a last line that an earlier process left without its end is cut off, and the log says so', async () => {
    await writeFile(path, '{"n":1}\n{"n":')
    const made = await start()
    made.input.push([{ n: 2 }])
    await finish(made)
    expect(await content()).toBe('{"n":1}\n{"n":2}\n')
    const [warning] = made.log.filter(({ level }) => level === 'warn')
    expect(warning).toMatchObject({ message: 'cut off a last line without its end, 5 bytes', fields: { cutBytes: 5 } })
  })
})

describe('file: A8, acked after the fsync that covers it', () => {
  test('interval: what is written is held until the disk has confirmed it', async () => {
    const files = new FaultyFiles()
    const made = await start({ options: { interval: '1h' }, files })
    made.input.push([1, 2])
    await until(() => files.calls.some((call) => call.startsWith('write')), 'it is written')
    await new Promise((done) => made.graph.whenFlushed(() => done(undefined)))
    expect(syncs(files)).toBe(1)
    expect(made.input.outcomes).toEqual(['1: acked', '2: acked'])
    await finish(made)
  })

  test('interval: nothing is acked while no fsync has come back', async () => {
    const files = new FaultyFiles()
    const made = await start({ options: { interval: '1h' }, files })
    made.input.push([1, 2])
    await until(() => files.calls.some((call) => call.startsWith('write')), 'it is written')
    for (let turn = 0; turn < 50; turn++) await new Promise((done) => setImmediate(done))
    expect(syncs(files)).toBe(0)
    expect(made.input.outcomes).toEqual([])
    await finish(made)
    expect(made.input.outcomes).toHaveLength(2)
  })

  test('interval: one fsync covers many calls', async () => {
    const files = new FaultyFiles()
    const made = await start({ options: { interval: '20ms' }, settings: { callSize: 1 }, files })
    made.input.push(Array.from({ length: 300 }, (_, n) => n))
    await until(() => made.input.receipts.length === 300, 'all are acked')
    expect(files.calls.filter((call) => call.startsWith('write'))).toHaveLength(300)
    expect(syncs(files)).toBeLessThan(100)
    await finish(made)
  })

  test('interval: at `maxHeld` it does not wait for the time to pass', async () => {
    const made = await start({ options: { interval: '1h' }, settings: { maxHeld: 50, callSize: 10 } })
    made.input.push(Array.from({ length: 1000 }, (_, n) => n))
    await until(() => made.input.receipts.length >= 950, 'most are acked')
    expect(made.metric('file', 'pressure_flushes')).toBeGreaterThan(0)
    await finish(made)
  })

  test('each: the fsync comes before the ack, for each call', async () => {
    const files = new FaultyFiles()
    const made = await start({ options: { fsync: 'each' }, settings: { callSize: 1 }, files })
    made.input.push([1, 2, 3])
    await finish(made)
    expect(files.calls.filter((call) => call !== 'openFile')).toEqual([
      'write 2',
      'datasync',
      'write 2',
      'datasync',
      'write 2',
      'datasync',
    ])
  })

  test('never: no fsync at all', async () => {
    const files = new FaultyFiles()
    const made = await start({ options: { fsync: 'never' }, files })
    made.input.push([1])
    await finish(made)
    expect(syncs(files)).toBe(0)
    expect(made.input.outcomes).toEqual(['1: acked'])
  })
})

describe('file: a disk that fails', () => {
  test.each(MODES)(
    'fsync %s: a full disk fails what it had no room for as an error of the place, and the next goes well',
    async (fsync) => {
      const files = new FaultyFiles()
      const made = await start({ options: { fsync, interval: '5ms' }, files })
      files.failNext('write', 'ENOSPC', { writes: 1 })
      made.input.push([1, 2])
      await until(() => made.input.receipts.length === 2, 'both have failed')
      expect(made.input.outcomes).toEqual(['1: SLUICE_FILE_FULL', '2: SLUICE_FILE_FULL'])
      expect(made.input.receipts[0]!.error).toMatchObject({ kind: 'place' })
      made.input.push([3])
      await finish(made)
      expect(await content()).toBe('3\n')
      expect(made.graph.node('file').counters.restarts).toBe(0)
    },
  )

  test.each(['each', 'interval'] as const)(
    'fsync %s: what the disk did not confirm fails, is not in the file, and the next goes well',
    async (fsync) => {
      const files = new FaultyFiles()
      const made = await start({ options: { fsync, interval: '5ms' }, files })
      made.input.push([1])
      await until(() => made.input.receipts.length === 1, 'the first is acked')
      files.failNext('datasync', 'EIO')
      made.input.push([2, 3])
      await until(() => made.input.receipts.length === 3, 'all have an outcome')
      expect(made.input.outcomes).toEqual(['1: acked', '2: SLUICE_FILE_SYNC_FAILED', '3: SLUICE_FILE_SYNC_FAILED'])
      made.input.push([4])
      await finish(made)
      expect(await content()).toBe('1\n4\n')
      expect(made.input.outcomes.at(-1)).toBe('4: acked')
      expect(files.retried).toBe(0)
    },
  )
})

describe('file: opening', () => {
  test('a ledger that cannot be opened keeps the pipeline from starting, with the exit code of its cause', async () => {
    path = join(folder, 'no', 'such', 'ledger')
    const error: unknown = await start().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SLUICE_FILE_UNUSABLE' })
    expect(exitCodeOf(error)).toBe(73)
  })

  test.skipIf(process.getuid?.() === 0)('a missing permission ends with 77 (root may write anything)', async () => {
    await writeFile(path, '')
    await chmod(path, 0o400)
    const error: unknown = await start().catch((thrown: unknown) => thrown)
    expect(exitCodeOf(error)).toBe(77)
  })

  test('the same file under two names is one exclusive thing', () => {
    const { exclusive, options } = file
    expect(exclusive!(options.parse({ path: 'a/../ledger' }))).toBe(`file ${resolve('ledger')}`)
  })

  test('a restart goes on behind what was written, and nothing is lost', async () => {
    const made = await start({ options: { interval: '1h' } })
    made.input.push([1, 2])
    await until(() => made.graph.node('file').counters.in === 2, 'they are taken')
    made.graph.restart('file')
    made.input.push([3])
    await finish(made)
    const lines = (await content()).trimEnd().split('\n').map(Number)
    expect([...new Set(lines)]).toEqual([1, 2, 3])
    expect(made.input.outcomes.toSorted()).toEqual(['1: acked', '2: acked', '3: acked'])
  })
})
