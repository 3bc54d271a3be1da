import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import letters, { createLetters } from '../../src/consumers/letters.ts'
import { defineConsumer } from '../../src/core/component.ts'
import type { NodeSettings } from '../../src/core/spec.ts'
import { exitCodeOf } from '../../src/overflow/errors.ts'
import { LetterStore } from '../../src/overflow/letters/letter-store.ts'
import { openLetterStores } from '../../src/overflow/letters/open-stores.ts'
import { idsIn, letter } from '../overflow/letters.ts'
import { feed, type Feed } from '../support/ends.ts'
import { line, until, type Line } from '../support/pipeline.ts'
import { SimulatedDisk } from '../support/simulated-disk.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-'))
})
afterEach(() => rm(folder, { recursive: true }))

interface Given {
  readonly limit?: string
  readonly settings?: NodeSettings
  readonly disk?: SimulatedDisk
}

async function start({ limit = '1MiB', settings = {}, disk }: Given = {}): Promise<Line & { input: Feed }> {
  const input = feed()
  const component = defineConsumer({
    ...letters,
    create: (given, context) => createLetters(given, context, disk === undefined ? {} : { files: disk.files }),
  })
  const made = line([input, { component, options: { folder, limit }, settings }])
  await made.graph.start()
  return { ...made, input }
}

async function finish({ graph, input }: Line & { input: Feed }): Promise<void> {
  input.end()
  expect((await graph.finishedReport).outcome).toBe('finished')
}

async function stored(): Promise<string[]> {
  const store = await LetterStore.open({ folder, limit: 1024 ** 2 })
  const ids = await idsIn(store)
  await store.close()
  return ids
}

describe('letters: what it stores', () => {
  test('A8: a letter is acked when the disk has confirmed it, and is there after the power has gone', async () => {
    const disk = new SimulatedDisk(1)
    const made = await start({ disk })
    made.input.push([letter('a'), letter('b')])
    await until(() => made.input.receipts.length === 2, 'both are acked')
    await finish(made)
    disk.cutPower()
    const store = await LetterStore.open({
      folder,
      limit: 1024 ** 2,
      files: disk.files,
      lock: async () => ({ release: async () => {} }),
    })
    expect(await idsIn(store)).toEqual(['a', 'b'])
    expect(made.input.receipts.map(({ outcome }) => outcome)).toEqual(['acked', 'acked'])
  })

  test('many letters of one call are many letters', async () => {
    const made = await start({ settings: { callSize: 100 } })
    made.input.push(Array.from({ length: 500 }, (_, number) => letter(String(number), { failedAt: number })))
    await finish(made)
    expect(await stored()).toEqual(Array.from({ length: 500 }, (_, number) => String(number)))
  })

  test('what is no letter, or is too large, fails its message and no other', async () => {
    const made = await start()
    made.input.push([letter('good'), { id: 3 }, letter('large', { data: 'x'.repeat(200_000) })])
    await finish(made)
    expect(made.failures).toEqual(['letters: SLUICE_LETTER_INVALID', 'letters: SLUICE_LETTER_TOO_LARGE'])
    expect(await stored()).toEqual(['good'])
  })

  test.each([
    ['one at a time', 1],
    ['all at once, which are more than it can ever take', 100],
  ])(
    'a full store takes letters as far as it can, %s, and the rest when there is room again',
    async (...[, callSize]) => {
      const made = await start({ settings: { callSize, giveUpAfterMs: Infinity } })
      const many = Array.from({ length: 12 }, (_, number) => letter(String(number), { data: 'x'.repeat(90_000) }))
      made.input.push(many)
      const outage = () => made.graph.stats().nodes.find(({ name }) => name === 'letters')!.circuit?.error
      await until(() => outage() !== undefined, 'it is full')
      expect(outage()).toMatch(/^there are \d+ letters in \d+ of/)
      const { store } = openLetterStores()[0]!
      const before = store.count
      expect(before).toBeGreaterThan(5)
      await until(() => made.input.receipts.length === before, 'what it has is acked')
      await store.purge()
      await finish(made)
      expect(made.input.receipts.map(({ outcome }) => outcome)).toEqual(many.map(() => 'acked'))
      expect(await stored()).toHaveLength(many.length - before)
    },
  )
})

describe('letters: its store', () => {
  test('is found while its node runs, so that whoever asks the process can look and change', async () => {
    const made = await start()
    made.input.push([letter('a')])
    await until(() => made.input.receipts.length === 1, 'it is acked')
    const [opened, ...others] = openLetterStores()
    expect(others).toEqual([])
    expect(opened).toMatchObject({ pipeline: 'test', node: 'letters' })
    expect(opened!.store.folder).toBe(folder)
    expect(opened!.store.count).toBe(1)
    await finish(made)
    expect(openLetterStores()).toEqual([])
  })

  test('keeps a second one out, with exit code 75, until it stops', async () => {
    const made = await start()
    const error: unknown = await LetterStore.open({ folder, limit: 1024 ** 2 }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SLUICE_LOG_LOCKED' })
    expect(exitCodeOf(error)).toBe(75)
    await finish(made)
    expect(await stored()).toEqual([])
  })

  test('one folder under two names is one exclusive thing', () => {
    const { exclusive, options } = letters
    expect(exclusive!(options.parse({ folder: 'a/../b' }))).toBe(`folder ${resolve('b')}`)
    expect(exclusive!(options.parse({}))).toBeUndefined()
  })

  test('stands in the data folder, by pipeline and node, where no folder is named', async () => {
    process.env['SLUICE_DATA_DIR'] = folder
    try {
      const made = line([feed(), { component: letters }])
      await made.graph.start()
      expect(openLetterStores().map(({ store }) => store.folder)).toEqual([join(folder, 'test', 'letters')])
      await made.graph.stop()
      expect(openLetterStores()).toEqual([])
    } finally {
      delete process.env['SLUICE_DATA_DIR']
    }
  })
})
