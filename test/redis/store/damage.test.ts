import { describe, expect, test } from 'vitest'
import { crc32 } from 'node:zlib'
import { realEnv } from '../../../src/core/env.ts'
import type { StoredRange } from '../../../src/core/overflow-store.ts'
import { FramedStore } from '../../../src/overflow/spill/framed-store.ts'
import { message } from '../../overflow/spill/messages.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { open } from '../connecting.ts'
import { KEYS, numbersTo, owner, storeAt, type Owner } from './stores.ts'

const EVENTS = { onTrouble() {}, onOwnerLost() {} }

/** The ids of the frames, in order. */
async function idsOf(server: TestRedis): Promise<string[]> {
  const redis = await open({ url: server.url })
  const entries = (await redis.send('xrange', KEYS.frames, '-', '+')) as readonly (readonly [string])[]
  return entries.map(([id]) => id).filter((id) => !id.endsWith('-0'))
}

describe('frames that somebody has deleted are named by their exact range', () => {
  test('all of them, while it is open; what comes later is behind', async () => {
    const server = await TestRedis.start()
    const one = await owner(server.url)
    await one.append(4)
    await one.commit(4)
    await server.cli('del', KEYS.frames)
    await one.append(2)
    const expected = { numbers: [13, 16], lost: [{ from: 4, to: 13 }] }
    expect(await one.read(4)).toEqual(expected)
    expect(one.lost).toEqual([])
    await one.close()
    expect(await (await owner(server.url)).read(4)).toEqual(expected)
  })

  test('all of them, while it is closed', async () => {
    const server = await TestRedis.start()
    const one = await owner(server.url)
    await one.append(4)
    await one.commit(4, [{ from: 7, to: 9 }])
    await one.close()
    await server.cli('del', KEYS.frames)
    const two = await owner(server.url)
    expect(two.settled).toEqual({ below: 4, above: [{ from: 7, to: 9 }], parts: 3 })
    expect(two.store.next).toBe(13)
    expect(await two.read(4)).toEqual({ numbers: [], lost: [{ from: 4, to: 13 }] })
    await two.append(1)
    expect(await two.read(4)).toEqual({ numbers: [13], lost: [{ from: 4, to: 13 }] })
  })

  test.each([
    { which: [0], lost: [{ from: 1, to: 4 }] },
    { which: [1, 2], lost: [{ from: 4, to: 10 }] },
    {
      which: [1, 4],
      lost: [
        { from: 4, to: 7 },
        { from: 13, to: 16 },
      ],
    },
    { which: [5], lost: [{ from: 16, to: 19 }] },
  ])('those at $which, by this owner and by the next', async ({ which, lost }) => {
    const server = await TestRedis.start()
    const one = await owner(server.url)
    await one.append(4)
    await one.close()
    await one.open()
    await one.append(2)
    const ids = await idsOf(server)
    await server.cli('xdel', KEYS.frames, ...which.map((at) => ids[at]!))
    const numbers = numbersTo(6).filter((_, at) => !which.includes(at))
    const expectNamed = async (reader: Owner): Promise<void> => {
      expect(await reader.read()).toEqual({ numbers, lost })
      for (const from of numbers) {
        expect(await reader.read(from)).toEqual({
          numbers: numbers.filter((number) => number >= from),
          lost: lost.filter((range: StoredRange) => range.from >= from),
        })
      }
    }
    await expectNamed(one)
    await one.close()
    await expectNamed(await owner(server.url))
  })

  test('what is settled, too: all that is stored comes again, and nothing is lost', async () => {
    const server = await TestRedis.start()
    const one = await owner(server.url)
    await one.append(4)
    await one.commit(7, [{ from: 8, to: 9 }])
    await one.close()
    await server.cli('del', KEYS.commit)
    await one.open()
    await one.append(1)
    await one.close()
    const two = await owner(server.url)
    expect(two.settled).toBeUndefined()
    expect(await two.read()).toEqual({ numbers: [7, 10, 13], lost: [] })
    expect(two.store.next).toBe(16)
  })

  test('everything, while it is open: its owner is told, opens again and names all', async () => {
    const server = await TestRedis.start()
    const one = await owner(server.url)
    await one.append(4)
    await one.commit(4)
    await server.cli('flushall')
    await expect(one.append(1)).rejects.toMatchObject({ code: 'SLUICE_OVERFLOW_OWNER_LOST' })
    await one.close()
    await one.open()
    await one.append(1)
    expect(await one.read(4)).toEqual({ numbers: [13], lost: [{ from: 4, to: 13 }] })
  })

  test('everything, before anything was committed: it is named as well', async () => {
    const server = await TestRedis.start()
    const one = await owner(server.url)
    await one.append(4)
    await server.cli('flushall')
    await expect(one.append(1)).rejects.toMatchObject({ code: 'SLUICE_OVERFLOW_OWNER_LOST' })
    await one.close()
    await one.open()
    expect(one.settled).toEqual({ below: 1, above: [], parts: 0 })
    await one.append(1)
    expect(await one.read()).toEqual({ numbers: [13], lost: [{ from: 1, to: 13 }] })
  })

  test('entries of somebody else are no frames; behind one that is in the way the owner begins anew', async () => {
    const server = await TestRedis.start()
    const one = await owner(server.url)
    await one.append(2)
    await server.cli('xadd', KEYS.frames, '*', 'their', 'entry')
    await expect(one.append(1)).rejects.toMatchObject({ code: 'SLUICE_OVERFLOW_OWNER_LOST' })
    expect(one.lost).toMatchObject([{ message: expect.stringContaining('none of ours') as string }])
    await one.close()
    await one.open()
    await one.append(2)
    expect(await one.read()).toEqual({ numbers: numbersTo(4), lost: [] })
  })
})

/** An overflow of twenty messages in frames of some, and a way to change the bytes of one. */
async function framed(server: TestRedis) {
  const store = new FramedStore(storeAt(server.url), { frameBytes: 2000, codec: 'json' }, realEnv)
  await store.open(EVENTS)
  for (let at = 0; at < 20; at += 5) {
    await store.append(Array.from({ length: 5 }, (_, index) => message({ n: at + index + 1 }))).stored
  }
  await store.close()
  return store
}

async function change(server: TestRedis, which: number, alter: (payload: Buffer) => void): Promise<StoredRange> {
  const redis = await open({ url: server.url })
  const reply = await redis.sendForBytes('xrange', KEYS.frames, '-', '+')
  const entries = reply as unknown as readonly (readonly [Buffer, Buffer[]])[]
  const frames = entries.filter(([, fields]) => fields.length === 6)
  const [id, fields] = frames[which]!
  alter(fields[5]!)
  await redis.send('del', KEYS.frames)
  for (const [entry, values] of entries) await redis.send('xadd', KEYS.frames, entry, ...values)
  const from = Number(id.toString().split('-')[1])
  return { from, to: from + Number(fields[1]!.toString()) }
}

async function readAll(store: FramedStore): Promise<{ numbers: number[]; lost: StoredRange[] }> {
  const numbers: number[] = []
  const lost: StoredRange[] = []
  for (let next = 1; next < store.next;) {
    const chunk = await store.read(next, 100)
    numbers.push(...chunk.messages.map(({ number }) => number))
    lost.push(...chunk.lost)
    next = chunk.next
  }
  return { numbers, lost }
}

describe('frames that are not as they were written', () => {
  test('a flipped bit: the frame is told as lost, and what is behind it is read', async () => {
    const server = await TestRedis.start()
    const store = await framed(server)
    const range = await change(server, 1, (payload) => void (payload[payload.length >> 1]! ^= 4))
    await store.open(EVENTS)
    const { numbers, lost } = await readAll(store)
    expect(lost).toEqual([range])
    const all = Array.from({ length: 20 }, (_, at) => at + 1)
    expect(numbers).toEqual(all.filter((number) => number < range.from || number >= range.to))
    await store.close()
  })

  test('a newer form: what is before it is read, then it is refused, and stays', async () => {
    const server = await TestRedis.start()
    const store = await framed(server)
    const range = await change(server, 2, (payload) => {
      payload[4] = 99
      payload.writeUInt32BE(crc32(payload.subarray(4)))
    })
    await store.open(EVENTS)
    const before: number[] = []
    const read = async (): Promise<void> => {
      for (let next = 1; next < store.next;) {
        const chunk = await store.read(next, 100)
        before.push(...chunk.messages.map(({ number }) => number))
        next = chunk.next
      }
    }
    await expect(read()).rejects.toMatchObject({ code: 'SLUICE_OVERFLOW_NEWER' })
    expect(before).toEqual(Array.from({ length: range.from - 1 }, (_, at) => at + 1))
    await store.close()
    expect(await idsOf(server)).toHaveLength(4)
  })
})
