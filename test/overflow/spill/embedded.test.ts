import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { realEnv } from '../../../src/core/env.ts'
import type { OverflowStore } from '../../../src/core/overflow-store.ts'
import { embeddedOptions, embeddedOverflow, type EmbeddedOverflow } from '../../../src/overflow/spill/embedded.ts'
import { expectPartsOfForgotten } from './forgotten.ts'
import { keptOf, payments } from './messages.ts'
import { expectRoomBehindTheHead } from './room.ts'

const LIMIT = 64 * 1024 ** 2
const QUIET = { onTrouble: () => undefined, onOwnerLost: () => undefined }
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-'))
})
afterEach(async () => {
  // Also where a test has failed: a file that is left open is closed by the garbage collector, which warns of it.
  for (const store of made.splice(0)) await store.close()
  await rm(folder, { recursive: true })
})

const made: OverflowStore[] = []

function makeStore(options: Partial<EmbeddedOverflow> = {}): OverflowStore {
  const store = embeddedOverflow({ folder, limit: LIMIT, ...options }, realEnv)
  made.push(store)
  return store
}

async function contentOf(store: OverflowStore, from: number): Promise<string[]> {
  const ids: string[] = []
  for (let next = from; next < store.next;) {
    const chunk = await store.read(next, 500)
    expect(chunk.lost).toEqual([])
    ids.push(...chunk.messages.map(({ id }) => id))
    next = chunk.next
  }
  return ids
}

describe('embedded overflow', () => {
  test.each(['json', 'json+deflate'] as const)('messages come back from a folder as they were (%s)', async (codec) => {
    const store = makeStore({ codec })
    expect(await store.open(QUIET)).toEqual({ below: 1, above: [], parts: 0 })
    const given = payments(2000)
    await store.append(given).stored
    const { messages } = await store.read(1, 2000)
    expect(messages).toEqual(given.map((one, at) => keptOf(one, at + 1, messages[0]!.storedAt)))
    expect(store.depth.bytes / 2000).toBeLessThan(codec === 'json' ? 300 : 100)
    await store.commit({ below: 2001, above: [], parts: 2000 })
    expect(store.depth).toMatchObject({ messages: 0, parts: 0 })
    await store.close()
    expect((await readdir(folder)).filter((name) => name.endsWith('.v1'))).toEqual([])
  })

  test('room is given back behind what somebody still has', async () => {
    await expectRoomBehindTheHead(() => makeStore({ limit: 8 * 1024 ** 2 }))
  })

  test('parts are counted rightly after ranges were forgotten', async () => {
    await expectPartsOfForgotten(() => makeStore())
  })

  test('a second owner of the folder is refused, and named', async () => {
    const [first, second] = [makeStore(), makeStore()]
    await first.open(QUIET)
    await expect(second.open(QUIET)).rejects.toMatchObject({
      code: 'SLUICE_LOG_LOCKED',
      message: expect.stringContaining('this process') as string,
    })
    await first.close()
    await second.open(QUIET)
    await second.close()
  })

  test('what another process had confirmed when it was killed is there, in order', async () => {
    const program = fileURLToPath(new URL('spilling.mjs', import.meta.url))
    const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    let confirmed = 0
    let text = ''
    for await (const chunk of child.stdout) {
      text += String(chunk)
      confirmed = Number(text.split('\n').at(-2) ?? 0)
      // The pipe stays open until it is dead: it must not end by itself.
      if (confirmed > 20_000) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    const store = makeStore()
    const { below } = await store.open(QUIET)
    expect(store.next).toBeGreaterThan(confirmed)
    expect(below).toBeGreaterThan(1)
    const ids = payments(store.next - below, below - 1).map(({ id }) => id)
    expect(await contentOf(store, below)).toEqual(ids)
    await store.close()
  })

  test('its options are strict and have defaults', () => {
    expect(embeddedOptions.parse({})).toEqual({ durability: 'disk' })
    expect(embeddedOptions.parse({ folder: '/x', durability: 'os' })).toEqual({ folder: '/x', durability: 'os' })
    for (const wrong of [{ durability: 'never' }, { folder: '' }, { fsync: true }])
      expect(embeddedOptions.safeParse(wrong).success).toBe(false)
  })
})
