import { describe, expect, test } from 'vitest'
import { consumer, kernel, range, Source } from '../../support/kernel.ts'
import { down, flaky } from '../../support/flaky.ts'

/** A consumer that keeps the order of its input, so that no other message can tell whether the place works; it says so itself. */
function withHealth(act: (value: unknown) => unknown, health: () => void | Promise<void>, upTo = 5) {
  const { component, calls } = flaky(act)
  const asked: number[] = []
  const source = new Source({ upTo })
  const create: typeof component.create = (context) => ({
    ...component.create(context),
    health: () => {
      asked.push(made.env.now())
      return health()
    },
  })
  const made = kernel({
    source: { component: source.component },
    sink: { component: { ...consumer(create), io: true }, from: ['source'], settings: { order: 'input' } },
  })
  return { ...made, source, calls, asked }
}

describe('A3: what a component says of its place', () => {
  test('A3: a message that fails while the place works is found out, although no other may be tried', () => {
    const { env, source, graph } = withHealth(
      (value) => (value === 2 ? down() : undefined),
      () => {},
    )
    env.advance(60_000)
    expect(source.outcomes).toEqual(['0: acked', '1: acked', '2: SLUICE_MESSAGE_SUSPECTED', '3: acked', '4: acked'])
    expect(graph.state).toBe('finished')
  })

  test.each([
    ['throws', down],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['never comes back', () => new Promise<void>(() => {})],
  ])('A3: while `health` %s, it is an outage for as long as it takes', async (_name, health) => {
    let isDown = true
    const { env, source } = withHealth(() => (isDown ? down() : undefined), health)
    await env.advanceAsync(600_000)
    expect(source.outcomes).toEqual([])
    isDown = false
    await env.advanceAsync(10_000)
    expect(source.outcomes).toEqual(range(5).map((n) => `${n}: acked`))
  })

  test('A3: it is asked when a call has failed because of the place, once at a time', async () => {
    let answer = (): void => {}
    const { env, asked, calls } = withHealth(down, () => new Promise<void>((resolve) => (answer = resolve)))
    await env.advanceAsync(60_000)
    expect(asked).toHaveLength(1)
    answer()
    await env.advanceAsync(10_000)
    expect(asked).toHaveLength(2)
    expect(calls.length).toBeGreaterThan(2)
  })

  test('A3: an instance that is gone is not heard any more', async () => {
    let answer = (): void => {}
    const { env, graph, source } = withHealth(down, () => new Promise<void>((resolve) => (answer = resolve)), 1)
    await env.advanceAsync(1000)
    const late = answer
    graph.restart('sink')
    await env.advanceAsync(1000)
    for (let times = 0; times < 10; times++) {
      late()
      await env.advanceAsync(10_000)
    }
    expect(source.outcomes).toEqual([])
  })
})

describe('A3: an outage is told', () => {
  test('A3: once when it begins and once when it is over, however many calls fail between', () => {
    let isDown = true
    const { component } = flaky(() => (isDown ? down() : undefined))
    const source = new Source({ upTo: 100 })
    const { env, circuits } = kernel({
      source: { component: source.component },
      sink: { component, from: ['source'], settings: { order: 'none', concurrency: 4 } },
    })
    env.advance(60_000)
    expect(circuits).toEqual(['sink opened: down'])
    isDown = false
    env.advance(10_000)
    expect(circuits).toEqual(['sink opened: down', 'sink closed'])
    expect(source.outcomes).toHaveLength(100)
  })
})
