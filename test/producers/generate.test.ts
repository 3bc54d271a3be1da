import { describe, expect, test } from 'vitest'
import generate from '../../src/producers/generate.ts'
import { collect, type Collection } from '../support/ends.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { line } from '../support/pipeline.ts'

async function start(options: object, output: Collection = collect()) {
  const env = new ManualEnv()
  const { graph } = line([{ component: generate, options }, output], env)
  void graph.start()
  await env.settle()
  return { env, graph, values: output.values, messages: output.messages }
}

describe('generate: what it makes', () => {
  test('counts from 0, and ends after `count`', async () => {
    const { values, graph } = await start({ count: 3 })
    expect(values).toEqual([{ index: 0 }, { index: 1 }, { index: 2 }])
    expect(graph.state).toBe('finished')
  })

  test('makes more than one demand window, each index once', async () => {
    const { values } = await start({ count: 2500 })
    expect(values).toEqual(Array.from({ length: 2500 }, (_, index) => ({ index })))
  })

  test('`data` sees the index, the message, and another random number each time it asks', async () => {
    const data = { id: 'data.index + 1', a: 'data.random', b: 'data.random', at: 'time' }
    const { values } = await start({ count: 2, data })
    const [first, second] = values as { id: number; a: number; b: number; at: number }[]
    expect(first).toMatchObject({ id: 1, at: 1_700_000_000_000 })
    expect(second!.id).toBe(2)
    expect(new Set([first!.a, first!.b, second!.a, second!.b]).size).toBe(4)
  })

  test('the same seed makes the same data, another seed other data', async () => {
    const data = 'floor(data.random * 1000)'
    const [one, again, other] = await Promise.all([1, 1, 2].map((seed) => start({ count: 50, seed, data })))
    expect(again!.values).toEqual(one!.values)
    expect(other!.values).not.toEqual(one!.values)
    expect(one!.values.every((value) => (value as number) >= 0 && (value as number) < 1000)).toBe(true)
  })

  test('a template is the data of every message', async () => {
    const template = { merchant: 'm', lines: [1, 2] }
    expect((await start({ count: 2, template })).values).toEqual([template, template])
  })

  test('`data` and `template` together are refused', () => {
    const { error } = generate.options.safeParse({ data: 'data.index', template: 1 })
    expect(error?.issues.map(({ path, message }) => [path, message])).toEqual([
      [['template'], 'give `data` or `template`, not both'],
    ])
  })

  test('data that cannot be made ends the pipeline and says why', async () => {
    const data = (): never => {
      throw new Error('no data')
    }
    const { graph } = await start({ data })
    expect(await graph.finishedReport).toMatchObject({
      outcome: 'failed',
      node: 'generate',
      error: { message: 'no data' },
    })
  })
})

describe('generate: rate', () => {
  test('gives the first at once and then `rate` a second, whatever the timer says', async () => {
    const { values, env } = await start({ rate: 10 })
    expect(values).toHaveLength(1)
    await env.advanceAsync(99)
    expect(values).toHaveLength(1)
    await env.advanceAsync(1)
    expect(values).toHaveLength(2)
    await env.advanceAsync(900)
    expect(values).toHaveLength(11)
  })

  test('a high rate is kept over time, in a few messages at once', async () => {
    const { values, env } = await start({ rate: 10_000 })
    await env.advanceAsync(1000)
    expect(values.length).toBeGreaterThan(9_950)
    expect(values.length).toBeLessThanOrEqual(10_001)
    expect(env.timersSet).toBeLessThanOrEqual(210)
  })

  test('a rate below one a second is kept too', async () => {
    const { values, env } = await start({ rate: 0.5 })
    await env.advanceAsync(1999)
    expect(values).toHaveLength(1)
    await env.advanceAsync(1)
    expect(values).toHaveLength(2)
  })

  test('what nobody asked for in time is not made up for all at once', async () => {
    let resume = (): void => {}
    const output = collect((data) => {
      const { index } = data as { index: number }
      if (index === 0) return new Promise<void>((resolve) => (resume = resolve))
      return Promise.resolve()
    })
    const { values, env } = await start(
      { rate: 100 },
      { ...output, settings: { demand: { max: 1 }, timeoutMs: 3_600_000 } },
    )
    await env.advanceAsync(10_000)
    expect(values).toHaveLength(1)
    resume()
    await env.advanceAsync(100)
    // 100 ms are made up for: 10 messages; and 10 more are due by now.
    expect(values.length).toBeGreaterThan(10)
    expect(values.length).toBeLessThanOrEqual(21)
  })

  test('ends after `count`, and leaves no timer', async () => {
    const { values, env, graph } = await start({ rate: 10, count: 3 })
    await env.advanceAsync(1000)
    expect(values).toHaveLength(3)
    expect(graph.state).toBe('finished')
    expect(env.timers).toBe(0)
  })

  test('stops at once while it waits', async () => {
    const { env, graph } = await start({ rate: 0.001 })
    const stopped = graph.stop()
    await env.settle()
    expect((await stopped).outcome).toBe('stopped')
    expect(env.now()).toBe(0)
    expect(env.timers).toBe(0)
  })
})

test('generate: gives no more than is asked for', async () => {
  const output = collect(() => new Promise<void>(() => {}))
  const { graph } = await start({}, { ...output, settings: { demand: { max: 7 } } })
  expect(graph.node('generate').counters.out).toBe(7)
})
