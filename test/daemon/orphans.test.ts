import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { definePipeline } from '../../src/config/builder.ts'
import { overflowsIn } from '../../src/config/overflows.ts'
import { discard } from '../../src/consumers/discard.ts'
import { realEnv } from '../../src/core/env.ts'
import type { PipelineSpec } from '../../src/core/spec.ts'
import { orphansOf } from '../../src/daemon/orphans.ts'
import { start } from '../../src/daemon/start.ts'
import { withStoresKept } from '../../src/daemon/stored-before.ts'
import { readStoreRecords, storeRecordsFile, writeStoreRecords } from '../../src/overflow/records.ts'
import { generate } from '../../src/producers/generate.ts'
import { payments } from '../overflow/spill/messages.ts'
import { collectingLog } from './collecting.ts'

const EVENTS = { onTrouble() {}, onOwnerLost() {} }
let root: string
let data: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-orphans-'))
  data = join(root, 'kept')
  vi.stubEnv('SLUICE_DATA_DIR', root)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(root, { recursive: true, force: true })
  })
})

type Settings = NonNullable<Parameters<Parameters<Parameters<typeof definePipeline>[1]>[0]['consumer']>[3]>

/** A pipeline of two nodes, with an overflow between them or without. */
function kept(overflow: Settings['overflow'] = false, to = 'end') {
  return definePipeline('kept', (p) => {
    p.consumer(to, p.producer('numbers', generate({ count: 3 })), discard(), { overflow })
  })
}

/** Stores messages as a run would. */
async function fill(spec: PipelineSpec, count: number): Promise<void> {
  const { overflow } = overflowsIn(spec)[0]!
  const store = overflow.createStore({ env: realEnv, log: collectingLog(), name: 'x' })
  await store.open(EVENTS)
  await store.append(payments(count)).stored
  await store.close()
}

const specOf = (overflow: Settings['overflow'], to?: string): PipelineSpec => kept(overflow, to).load(1e9).spec
const inside = () => join(root, 'elsewhere')

test('a program is refused that would leave messages behind; an empty store is no obstacle', async () => {
  await fill(specOf(true), 0)
  expect(await (await start(kept())).finished).toMatchObject([{ outcome: 'finished' }])
  await fill(specOf(true), 5)
  await expect(start(kept())).rejects.toMatchObject({
    code: 'SLUICE_OVERFLOW_ORPHANED',
    message: expect.stringContaining('numbers.end has 5 messages in'),
  })
  expect(await (await start(kept(true))).finished).toMatchObject([{ outcome: 'finished' }])
  expect(await (await start(kept())).finished).toMatchObject([{ outcome: 'finished' }])
})

test('a store in a folder of its own is recorded, with what it has when it is closed, and found again', async () => {
  const own = { store: { embedded: { folder: inside() } } }
  const [recorded] = await withStoresKept([specOf(own)], collectingLog())
  await fill(recorded!, 7)
  const address = { kind: 'embedded', folder: inside() }
  expect(await readStoreRecords(data)).toEqual({ value: [{ edge: 'numbers.end', address, held: 7 }] })
  expect(await orphansOf(specOf(own))).toEqual({ orphans: [] })
  const { orphans } = await orphansOf(specOf(true))
  expect(orphans).toMatchObject([{ name: 'numbers.end@embedded', edge: 'numbers.end', address, held: 7 }])
  await expect(start(kept(false))).rejects.toMatchObject({ code: 'SLUICE_OVERFLOW_ORPHANED' })
})

test('nothing is recorded, or made, for stores that folders tell of', async () => {
  await withStoresKept([specOf(true)], collectingLog())
  expect(readdirSync(root)).toEqual([])
})

test('folders and files of others are no stores', async () => {
  for (const name of ['overflow.a.b', 'durable.a', 'dead-letters', 'overflow.a', 'overflow.a.b.c', 'durable.']) {
    mkdirSync(join(data, name), { recursive: true })
    if (!name.startsWith('overflow.a.b') && name !== 'durable.a') writeFileSync(join(data, name, 'lock.1'), '')
  }
  writeFileSync(join(data, 'durable.file'), '')
  expect(await orphansOf(specOf(false))).toEqual({ orphans: [] })
})

test('in Redis what may hold messages is an orphan, what held none is forgotten, and another server is a warning', async () => {
  const address = { kind: 'redis', server: '127.0.0.1:1', prefix: 'sluice' } as const
  await writeStoreRecords(data, [{ edge: 'a.b', address, held: null }])
  await expect(start(kept())).rejects.toThrow('a.b has an unknown number of messages in Redis at 127.0.0.1:1')
  await writeStoreRecords(data, [{ edge: 'a.b', address, held: 0 }])
  expect(await (await start(kept())).finished).toMatchObject([{ outcome: 'finished' }])
  expect(await readStoreRecords(data)).toEqual({ value: [] })

  await writeStoreRecords(data, [{ edge: 'numbers.end', address, held: 4 }])
  const log = collectingLog()
  await withStoresKept([specOf({ store: { redis: { url: 'redis://127.0.0.1:2' } } })], log)
  expect(log.lines.map(({ message }) => message)).toEqual([
    expect.stringContaining('numbers.end has stored 4 messages in Redis at 127.0.0.1:1, where it was before'),
  ])
})

test('a record that is damaged is told', async () => {
  mkdirSync(data)
  writeFileSync(storeRecordsFile(data), 'rubbish')
  const log = collectingLog()
  await withStoresKept([specOf(false)], log)
  expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
    ['warn', expect.stringContaining('overflows.json')],
  ])
})
