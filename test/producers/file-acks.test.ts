import { describe, expect, test } from 'vitest'
import { messageError } from '../../src/core/errors.ts'
import { collect, type Collection, gate } from '../support/ends.ts'
import { Folder, killed, ndjson, ReadingRun } from '../support/reading-run.ts'

/** A consumer whose messages end when a test says so. */
function held(): Collection & { end(value: unknown, error?: Error): void; readonly held: Set<unknown> } {
  const ends = new Map<unknown, (error?: Error) => void>()
  const waiting = new Set<unknown>()
  const output = collect(
    (value) =>
      new Promise<void>((resolve, reject) => {
        waiting.add(value)
        ends.set(value, (error) => (error === undefined ? resolve() : reject(error)))
      }),
  )
  const settings = { concurrency: 100, order: 'none' as const, timeout: 3_600_000 }
  return {
    ...output,
    settings,
    held: waiting,
    end: (value, error) => {
      waiting.delete(value)
      ends.get(value)!(error)
    },
  }
}

const refused = messageError('REFUSED', 'refused')
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

describe('file: demand', () => {
  test('nothing is read that was not asked for, but for one chunk', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', `${JSON.stringify('x'.repeat(999))}\n`.repeat(5_000))
    const output = gate()
    const run = await ReadingRun.start(folder, {}, { output: { ...output, settings: { demand: { max: 10 } } } })
    await run.gives(1)
    await run.settle()
    expect(run.line.graph.node('file').counters.out).toBe(10)
    await run.env.advanceAsync(10_000)
    expect(run.line.graph.node('file').counters.out).toBe(10)
    void run.line.graph.stop()
    output.open()
    expect((await run.end()).outcome).toBe('stopped')
  })

  test('several files take turns, a chunk of each', async () => {
    const folder = new Folder()
    for (const name of ['a', 'b']) folder.write(`${name}.ndjson`, `${JSON.stringify(name.repeat(999))}\n`.repeat(1_000))
    const run = await ReadingRun.start(folder, { read: 'once' })
    await run.end()
    const turns = run.values.filter((value, index) => value !== run.values[index - 1])
    expect(run.values).toHaveLength(2_000)
    expect(turns.length).toBeGreaterThan(4)
  })

  test('it stops while it waits, and looks no more', async () => {
    const folder = new Folder()
    const run = await ReadingRun.start(folder)
    await run.settle()
    expect((await run.stop()).outcome).toBe('stopped')
    expect(run.env.timers).toBe(0)
  })
})

describe('file: what is written down', () => {
  test('each second, up to the first message without an outcome, in whatever order they come', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', ndjson(1, 2, 3))
    const output = held()
    const run = await ReadingRun.start(folder, {}, { output })
    await run.gives(3)
    const offset = async (): Promise<number> => {
      await run.env.advanceAsync(1_100)
      await run.settle()
      return folder.marks[0]!.offset
    }
    output.end(2)
    expect(await offset()).toBe(0)
    output.end(1)
    await run.until(() => folder.marks[0]!.offset === 4, 'both are written down')
    output.end(3)
    await run.stop()
    expect(folder.marks[0]!.offset).toBe(6)
  })

  test('what was settled above is not given again', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', ndjson(1, 2, 3, 4))
    const output = held()
    const run = await ReadingRun.start(folder, {}, { output })
    await run.gives(4)
    for (const value of [2, 4]) output.end(value)
    await run.until(() => folder.marks[0]!.above.length === 2, 'both are written down')
    const copy = killed(run, folder)
    const second = await ReadingRun.start(folder, { checkpoints: copy })
    await second.gives(2)
    await second.env.advanceAsync(5_000)
    expect(second.values).toEqual([1, 3])
    expect(second.ids).toEqual([run.ids[0], run.ids[2]])
    for (const value of [1, 3]) output.end(value)
  })

  test('a message that comes again has the same id, and names its file', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', ndjson(1))
    const output = held()
    const run = await ReadingRun.start(folder, {}, { output })
    await run.gives(1)
    const copy = killed(run, folder)
    const second = await ReadingRun.start(folder, { checkpoints: copy })
    await second.gives(1)
    expect(second.ids).toEqual(run.ids)
    expect(second.ids[0]).toMatch(/^file:[0-9a-z]+@0$/)
    expect(second.output.messages[0]!.headers).toEqual({ path: folder.at('a.ndjson') })
    output.end(1)
  })

  test('start: end leaves out what is there at the first start, and a line that is half written is read whole', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', '1\n2\n3')
    folder.gzip('z.ndjson', ndjson('packed'))
    const first = await ReadingRun.start(folder, { start: 'end' })
    folder.append('a.ndjson', '3\n')
    folder.write('b.ndjson', '4\n')
    await first.gives(2)
    await first.stop()
    expect(new Set(first.values)).toEqual(new Set([33, 4]))
    folder.append('a.ndjson', '5\n')
    const second = await ReadingRun.start(folder, { start: 'end' })
    expect(await second.gives(1)).toEqual([5])
  })

  test('read once, a file comes again only when it has grown', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', ndjson(1))
    folder.gzip('b.ndjson', ndjson('packed'))
    await (await ReadingRun.start(folder, { read: 'once' })).end()
    const second = await ReadingRun.start(folder, { read: 'once' })
    await second.end()
    expect(second.values).toEqual([])
    expect(second.warnings).toEqual(['all files were read before, up to their ends: nothing is read'])
    folder.append('a.ndjson', ndjson(2))
    const third = await ReadingRun.start(folder, { read: 'once' })
    await third.end()
    expect(third.values).toEqual([2])
  })

  test('csv goes on in the middle of a file with the names of its header, packed or not', async () => {
    const folder = new Folder()
    const begin = 'n,s\n1,a\n'
    folder.write('a.csv', `${begin}2,"b\nb"\n`)
    const output = held()
    const options = { path: folder.at('a.csv'), format: 'csv' }
    const run = await ReadingRun.start(folder, options, { output })
    await run.gives(2)
    output.end(run.values[0])
    await run.until(() => folder.marks[0]!.offset === begin.length, 'it is written down')
    const copy = killed(run, folder)
    const second = await ReadingRun.start(folder, { ...options, checkpoints: copy })
    expect(await second.gives(1)).toEqual([{ n: '2', s: 'b\nb' }])
    output.end(run.values[1])
  })
})

describe('file: what fails comes again', () => {
  test('after a pause, in order, with one attempt more, and nothing else of its file meanwhile', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', ndjson(...numbers(20)))
    folder.write('b.ndjson', ndjson('other'))
    const failing = new Set<unknown>([3, 5])
    const seen: [value: unknown, attempt: number][] = []
    const output = collect((value, message) => {
      seen.push([value, message.attempt])
      if (failing.has(value) && message.attempt < 3) throw refused
    })
    const run = await ReadingRun.start(folder, {}, { output: { ...output, settings: { demand: { max: 4 } } } })
    await run.until(() => seen.length >= 20 + 1 + 4, 'all have come')
    const ofA = seen.filter(([value]) => value !== 'other')
    expect(ofA.filter(([value]) => value === 3 || value === 5)).toEqual(
      expect.arrayContaining([
        [3, 1],
        [3, 2],
        [3, 3],
      ]),
    )
    expect(new Set(ofA.map(([value]) => value))).toEqual(new Set(numbers(20)))
    expect(run.line.metric('file', 'redelivered')).toBe(4)
    const first = ofA.findIndex(([value, attempt]) => value === 3 && attempt === 1)
    const again = ofA.findIndex(([value, attempt]) => value === 3 && attempt === 2)
    // What had been asked for when it failed was under way; nothing else came between.
    expect(again - first).toBeLessThanOrEqual(8)
    await run.stop()
    expect(folder.marks.find(({ path }) => path.endsWith('a.ndjson'))!.offset).toBe(ndjson(...numbers(20)).length)
  })

  test('what was changed on the way comes again as it was read', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', ndjson({ n: 1 }))
    const output = collect((_value, message) => {
      if (message.attempt > 1) return
      message.data = 'changed'
      throw refused
    })
    const run = await ReadingRun.start(folder, {}, { output })
    expect(await run.gives(2)).toEqual([{ n: 1 }, { n: 1 }])
  })

  test('what failed and was not given again comes first at the next start', async () => {
    const folder = new Folder()
    folder.write('a.ndjson', ndjson(1, 2))
    const output = collect((value) => {
      if (value === 1) throw refused
    })
    const run = await ReadingRun.start(folder, {}, { output })
    await run.gives(2)
    await run.stop()
    const second = await ReadingRun.start(folder)
    await second.gives(1)
    await second.settle()
    expect(second.values).toEqual([1])
  })
})
