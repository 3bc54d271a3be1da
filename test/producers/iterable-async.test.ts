import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineConsumer } from '../../src/core/component.ts'
import { collect } from '../support/ends.ts'
import { asynchronous, make, quiet, start, stuck } from '../support/iterable-run.ts'

/** How an iterator was used. */
class Watched {
  pulled = 0
  underWay = 0
  mostUnderWay = 0
  returned = 0
  readonly #next: () => Promise<IteratorResult<unknown>>

  constructor(next: () => Promise<IteratorResult<unknown>>) {
    this.#next = next
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return {
      next: async () => {
        this.pulled++
        this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay)
        try {
          return await this.#next()
        } finally {
          this.underWay--
        }
      },
      return: async () => {
        this.returned++
        return { done: true, value: undefined }
      },
    }
  }
}

/** Values that come when a test says so. */
function byHand() {
  const waiting: { resolve: (result: IteratorResult<unknown>) => void; reject: (error: Error) => void }[] = []
  const watched = new Watched(() => new Promise((resolve, reject) => waiting.push({ resolve, reject })))
  return {
    watched,
    give: (value: unknown) => waiting.shift()!.resolve({ done: false, value }),
    end: () => waiting.shift()!.resolve({ done: true, value: undefined }),
    fail: (error: Error) => waiting.shift()!.reject(error),
  }
}

describe('iterable: an asynchronous iterator', () => {
  test('has one `next()` under way at most, and a slow one holds back nothing that has come', async () => {
    const { watched, give, end } = byHand()
    const { env, values, graph } = await start(watched)
    expect(watched.pulled).toBe(1)
    give('a')
    await quiet(env)
    expect([values, watched.pulled]).toEqual([['a'], 2])
    give('b')
    await quiet(env)
    expect(values).toEqual(['a', 'b'])
    end()
    await quiet(env)
    expect(watched.mostUnderWay).toBe(1)
    expect(await graph.finishedReport).toMatchObject({ outcome: 'finished' })
    expect(watched.returned).toBe(0)
  })

  test('what a fast one brings within one go comes together', async () => {
    const sizes: number[] = []
    const component = defineConsumer({
      name: 'sizes',
      summary: 'Counts.',
      options: z.strictObject({}),
      create: () => ({ handle: (messages) => void sizes.push(messages.length) }),
    })
    await start(asynchronous(Array.from({ length: 500 }, (_, index) => index)), { component })
    // A `handle` that hasn't answered yet gets one call's worth (D10).
    expect(sizes).toEqual([100, 400])
  })

  test('is never pulled beyond what was asked for', async () => {
    let pulled = 0
    const watched = new Watched(async () => ({ done: false, value: ++pulled }))
    const { values } = await start(watched, stuck(6))
    expect([pulled, values]).toEqual([6, [1, 2, 3, 4, 5, 6]])
  })

  test.each([
    [
      'rejects',
      async (error: Error) => {
        throw error
      },
    ],
    [
      'throws',
      (error: Error) => {
        throw error
      },
    ],
  ])('one that %s ends the pipeline, after what it brought before', async (_what, fail) => {
    const cause = new Error('broken')
    let pulled = 0
    const next = (): unknown => (pulled++ < 2 ? Promise.resolve({ done: false, value: pulled }) : fail(cause))
    const { graph, values } = await start({ [Symbol.asyncIterator]: () => ({ next }) })
    expect(values).toEqual([1, 2])
    expect((await graph.finishedReport).error).toMatchObject({
      code: 'SLUICE_ITERABLE_FAILED',
      cause,
      message: 'the iterator failed after 2 values: broken',
    })
  })

  test('one whose `next()` gives no result ends the pipeline', async () => {
    const { graph } = await start({ [Symbol.asyncIterator]: () => ({ next: async () => undefined }) })
    expect((await graph.finishedReport).error).toMatchObject({ code: 'SLUICE_ITERABLE_FAILED' })
  })

  test('a value that is on its way when the pipeline stops is still given out', async () => {
    const { watched, give } = byHand()
    const { env, graph, values } = await start(watched)
    void graph.stop()
    await env.advanceAsync(999)
    expect([graph.state, watched.returned]).toEqual(['draining', 1])
    give('last')
    await quiet(env)
    expect(values).toEqual(['last'])
    expect(await graph.finishedReport).toMatchObject({ outcome: 'stopped', left: [] })
    expect(watched.pulled).toBe(1)
  })

  test('one that hangs holds up a stop for a second; what it brings later is lost, counted and logged', async () => {
    const { watched, give } = byHand()
    const { env, graph, log, metric } = await start(watched)
    void graph.stop()
    await env.advanceAsync(1_000)
    expect(await graph.finishedReport).toMatchObject({ outcome: 'stopped' })
    expect(watched.returned).toBe(1)
    give('late')
    await quiet(env)
    expect(metric('iterable', 'late_values')).toBe(1)
    expect(log.filter(({ level }) => level === 'warn')).toMatchObject([{ fields: { node: 'iterable', count: 1 } }])
  })

  test('the signal aborts when the pipeline begins to stop, and what heeds it fails nothing', async () => {
    const given = async function* ({ signal }: { signal: AbortSignal }): AsyncGenerator<number> {
      yield 1
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
    }
    const { env, graph, values, log } = await start(given)
    void graph.stop()
    await quiet(env)
    expect(await graph.finishedReport).toMatchObject({ outcome: 'stopped' })
    expect([values, log]).toEqual([[1], []])
  })

  test('a generator cleans up before the pipeline has stopped, also when a `next()` was under way', async () => {
    let isCleanedUp = false
    let goOn = (): void => {}
    const { env, graph, values } = await start(async function* () {
      try {
        yield 1
        await new Promise<void>((resolve) => (goOn = resolve))
        yield 2
      } finally {
        await Promise.resolve()
        isCleanedUp = true
      }
    })
    void graph.stop()
    await quiet(env)
    goOn()
    await quiet(env)
    expect(await graph.finishedReport).toMatchObject({ outcome: 'stopped' })
    expect([values, isCleanedUp]).toEqual([[1, 2], true])
  })

  test('a failure elsewhere ends the iterator too', async () => {
    const { watched, give } = byHand()
    const output = { ...collect(() => Promise.reject(new Error('down'))), settings: { onFailure: 'stop' as const } }
    const { env, graph } = await start(watched, output)
    give(1)
    await quiet(env)
    expect(await graph.finishedReport).toMatchObject({ outcome: 'failed' })
    expect(watched.returned).toBe(1)
  })
})

test('every value comes once and in order, however it is chunked, and none is pulled before it is asked for (property)', async () => {
  /** What stands before a value: nothing, microtasks, or turns of the loop. */
  const pauses = fc.array(fc.constantFrom('none', 'microtasks', 'turn'), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(pauses, fc.integer({ min: 1, max: 12 }), fc.boolean(), async (given, max, isSlow) => {
      let pulled = 0
      let handled = 0
      let mostAhead = 0
      const source = async function* (): AsyncGenerator<number> {
        for (const pause of given) {
          mostAhead = Math.max(mostAhead, ++pulled - handled)
          if (pause === 'microtasks') await Promise.resolve()
          if (pause === 'turn') await turn()
          yield pulled
        }
      }
      const output = collect(async () => {
        if (isSlow) await turn()
        handled++
      })
      const { env, graph, values } = make(source, { ...output, settings: { demand: { max } } })
      void graph.start()
      while (graph.state !== 'finished') await env.settle()
      expect(values).toEqual(given.map((_pause, index) => index + 1))
      expect(mostAhead).toBeLessThanOrEqual(max)
    }),
  )
})

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
