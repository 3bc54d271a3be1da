import { describe, expect, test } from 'vitest'
import { SimulatedDisk } from '../support/simulated-disk.ts'
import { idsIn, letter, openStore } from './letters.ts'

const LARGE = 'x'.repeat(3000)

async function linesOf(lines: AsyncIterable<string>): Promise<unknown[]> {
  const values: unknown[] = []
  for await (const text of lines) values.push(JSON.parse(text))
  return values
}

describe('letter store: what is in it', () => {
  test('a letter comes back as it was, also after a restart', async () => {
    const disk = new SimulatedDisk(1)
    const given = letter('a', {
      data: { at: new Date(3), bytes: new Uint8Array([1, 2]), amount: 5n },
      original: new Uint8Array([3]),
      key: 'k',
      headers: { h: 'v' },
      deadline: 9,
    })
    const store = await openStore(disk)
    await store.append([given, letter('b')])
    expect(await store.show('a')).toEqual({ letter: given, editedAt: undefined })
    await store.close()
    const again = await openStore(disk)
    expect(await again.show('a')).toEqual({ letter: given, editedAt: undefined })
    expect(await again.show('b')).toEqual({ letter: letter('b'), editedAt: undefined })
    expect(await again.show('c')).toBeUndefined()
  })

  test('count, bytes and the oldest age are those of what is there', async () => {
    const store = await openStore(new SimulatedDisk(1))
    expect([store.count, store.bytes]).toEqual([0, 0])
    await store.append([letter('a', { failedAt: 300 }), letter('b', { failedAt: 200 })])
    expect(store.count).toBe(2)
    expect(store.bytes).toBeGreaterThan(500)
    await store.remove(['b'])
    expect(store.count).toBe(1)
  })

  test('a list has a page at a time, newest or oldest first, whatever the order in which they came', async () => {
    const store = await openStore(new SimulatedDisk(1))
    const times = [5, 3, 9, 3, 7, 1, 8, 2, 6, 4]
    await store.append(times.map((failedAt, at) => letter(`id ${at}`, { failedAt })))
    for (const order of ['newest', 'oldest'] as const) {
      const seen: number[] = []
      let page = await store.list({ order, count: 3 })
      seen.push(...page.letters.map(({ failedAt }) => failedAt))
      while (page.next !== undefined) {
        page = await store.list({ order, count: 3, after: page.next })
        seen.push(...page.letters.map(({ failedAt }) => failedAt))
      }
      const sorted = times.toSorted((a, b) => a - b)
      expect(seen).toEqual(order === 'oldest' ? sorted : sorted.toReversed())
    }
  })

  test('a list says what happened, without the data', async () => {
    const store = await openStore(new SimulatedDisk(1))
    await store.append([letter('a', { data: LARGE })])
    expect((await store.list()).letters).toEqual([
      {
        id: 'a',
        pipeline: 'payments',
        node: 'ledger',
        code: 'NO_SUCH_ACCOUNT',
        message: 'there is no such account',
        attempts: 3,
        firstFailedAt: 1000,
        failedAt: 2000,
        editedAt: undefined,
        isUnderWay: false,
        isDamaged: false,
      },
    ])
  })

  test('filters: node, code, time and a text of the id, all of which must hold', async () => {
    const store = await openStore(new SimulatedDisk(1))
    const error = { code: 'OTHER', message: 'm', kind: 'message', causes: [], stack: undefined } as const
    await store.append([
      letter('door:1', { failedAt: 10 }),
      letter('door:2', { node: 'mail', failedAt: 20 }),
      letter('till:1', { error, failedAt: 30 }),
    ])
    const found = async (filter: object) => (await store.list({ filter, order: 'oldest' })).letters.map(({ id }) => id)
    expect(await found({ node: 'mail' })).toEqual(['door:2'])
    expect(await found({ code: 'OTHER' })).toEqual(['till:1'])
    expect(await found({ text: ':1' })).toEqual(['door:1', 'till:1'])
    expect(await found({ text: ':1', before: 30 })).toEqual(['door:1'])
    expect(await found({ since: 20 })).toEqual(['door:2', 'till:1'])
    expect(await store.purge({ text: 'door' })).toBe(2)
    expect(await found({})).toEqual(['till:1'])
  })

  test('an export has a line per letter, as it is stored, and none of those that were removed or replaced', async () => {
    const store = await openStore(new SimulatedDisk(1))
    await store.append([letter('a'), letter('b'), letter('c')])
    await store.remove(['b'])
    await store.append([letter('a', { attempts: 7 })])
    expect(await linesOf(store.export())).toMatchObject([{ id: 'c' }, { id: 'a', attempts: 7, data: { id: 'a' } }])
    expect(await linesOf(store.export({ text: 'c' }))).toMatchObject([{ id: 'c' }])
  })

  test('what cannot be stored is the fault of the message, and says why', async () => {
    const store = await openStore(new SimulatedDisk(1))
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    expect(() => store.draft(letter('a', { data: circle }))).toThrow(
      expect.objectContaining({ code: 'SLUICE_LETTER_NOT_JSON', kind: 'message' }),
    )
    expect(() => store.draft(letter('a', { data: LARGE.repeat(3) }))).toThrow(
      expect.objectContaining({ code: 'SLUICE_LETTER_TOO_LARGE', kind: 'message' }),
    )
  })
})

describe('letter store: editing', () => {
  test('other data, with the id and the story it has, and when that was', async () => {
    const disk = new SimulatedDisk(1)
    const store = await openStore(disk)
    await store.append([letter('a')])
    await store.edit('a', { fixed: true })
    const edited = { letter: letter('a', { data: { fixed: true } }), editedAt: 5000 }
    expect(await store.show('a')).toEqual(edited)
    expect(store.count).toBe(1)
    disk.cutPower()
    expect(await (await openStore(disk)).show('a')).toEqual(edited)
  })

  test('a letter that is not there, or is under way, is not edited', async () => {
    const store = await openStore(new SimulatedDisk(1))
    await expect(store.edit('a', 1)).rejects.toMatchObject({ code: 'SLUICE_LETTER_UNKNOWN' })
    await store.append([letter('a')])
    await store.beginRetry(['a'])
    await expect(store.edit('a', 1)).rejects.toMatchObject({ code: 'SLUICE_LETTER_UNDER_WAY' })
  })
})

describe('letter store: retrying', () => {
  test('a letter that is under way is not given out again, until it is told what became of it', async () => {
    const store = await openStore(new SimulatedDisk(1))
    await store.append([letter('a'), letter('b')])
    const [first, ...others] = await store.beginRetry(['a', 'a', 'unknown'])
    expect(others).toEqual([])
    expect(first!.letter).toEqual(letter('a'))
    expect((await store.list({ order: 'oldest' })).letters.map(({ isUnderWay }) => isUnderWay)).toEqual([true, false])
    expect(await store.beginRetry(['a'])).toEqual([])
    first!.failed()
    const [again] = await store.beginRetry(['a'])
    await again!.handled()
    expect(await idsIn(store)).toEqual(['b'])
  })

  test('one that fails again has replaced itself, and is one letter, with its new story', async () => {
    const store = await openStore(new SimulatedDisk(1))
    await store.append([letter('a')])
    const [retry] = await store.beginRetry(['a'])
    await store.append([letter('a', { attempts: 6 })])
    expect(await store.beginRetry(['a'])).toEqual([])
    await retry!.handled()
    expect(store.count).toBe(1)
    expect((await store.show('a'))!.letter.attempts).toBe(6)
    expect(await store.beginRetry(['a'])).toHaveLength(1)
  })

  test('after a crash in the middle it is still a letter, and may be retried', async () => {
    const disk = new SimulatedDisk(1)
    const store = await openStore(disk)
    await store.append([letter('a')])
    await store.beginRetry(['a'])
    disk.kill()
    const again = await openStore(disk)
    expect(await again.beginRetry(['a'])).toHaveLength(1)
  })

  test('where the disk does not take that it was handled, it stays under way, and can be told again', async () => {
    const disk = new SimulatedDisk(1)
    const store = await openStore(disk)
    await store.append([letter('a')])
    const [retry] = await store.beginRetry(['a'])
    disk.capacity = 0
    await expect(retry!.handled()).rejects.toMatchObject({ code: 'SLUICE_LOG_FULL_DISK' })
    expect(await store.beginRetry(['a'])).toEqual([])
    disk.capacity = Infinity
    await retry!.handled()
    expect(store.count).toBe(0)
  })
})
