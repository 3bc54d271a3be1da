import { firstValueFrom, from, map, repeat, take, toArray, type Observer } from 'rxjs'
import { describe, expect, test } from 'vitest'
import definition, { observable } from '../../src/consumers/observable.ts'
import type { NodeSettings } from '../../src/core/spec.ts'
import { feed } from '../support/ends.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { line } from '../support/pipeline.ts'

type Given = Parameters<typeof observable>[0]

/** A started pipeline whose end is an observable. */
function started(options: Given = {}, settings: NodeSettings = {}, output = observable<number>(options)) {
  const env = new ManualEnv()
  const input = feed()
  const made = line([input, { component: definition, options: output.options, settings }], env)
  void made.graph.start().catch(() => {})
  env.run()
  const push = (...values: number[]) => {
    input.push(values)
    env.run()
  }
  const node = () => made.graph.stats().nodes.find(({ name }) => name === 'observable')!
  return { ...made, env, input, output, push, node }
}

/** What an observer is told. */
function recorder<T>(onNext: (value: T) => void = () => {}): Observer<T> & { readonly told: unknown[] } {
  const told: unknown[] = []
  return {
    told,
    next: (value) => {
      told.push(value)
      onNext(value)
    },
    error: (error) => void told.push(error),
    complete: () => void told.push('complete'),
  }
}

describe('observable: request', () => {
  test('gives as many as were requested, in order, and acks those only', () => {
    const { output, push, input, env, node } = started()
    const seen = recorder<number>()
    from(output.values$).subscribe(seen)
    push(1, 2, 3, 4)
    expect(seen.told).toEqual([])
    output.request(2)
    env.run()
    expect(seen.told).toEqual([1, 2])
    expect(input.outcomes).toEqual(['1: acked', '2: acked'])
    expect(node().held).toBe(2)
    output.request()
    output.request(Infinity)
    env.run()
    push(5)
    expect(seen.told).toEqual([1, 2, 3, 4, 5])
    expect(node().held).toBe(0)
  })

  test('what nobody requests stays upstream beyond `maxHeld` and the window', () => {
    const { output, push, node, graph } = started({}, { maxHeld: 3, demand: { max: 2 } })
    from(output.values$).subscribe()
    push(...Array.from({ length: 20 }, (_, n) => n))
    expect(node().held).toBeLessThanOrEqual(4)
    expect(node().in).toBeLessThanOrEqual(4)
    output.request(2)
    expect(graph.stats().nodes[0]!.out).toBeLessThan(10)
  })

  test('a subscriber that requests the next in its `next` gets all, without the stack growing', () => {
    const { output, push } = started()
    const seen = recorder<number>(() => output.request())
    from(output.values$).subscribe(seen)
    output.request()
    push(...Array.from({ length: 9_000 }, (_, n) => n))
    expect(seen.told).toHaveLength(9_000)
  })

  test('one that has enough gets no more, also where it came late: what was requested beyond waits for the next', async () => {
    const { output, push, input, env } = started()
    output.request(3)
    push(1, 2, 3)
    await expect(firstValueFrom(from(output.values$))).resolves.toBe(1)
    env.run()
    expect(input.outcomes).toEqual(['1: acked'])
    const next = recorder<number>()
    from(output.values$).subscribe(next)
    expect(next.told).toEqual([2, 3])
  })

  test('each subscriber gets what comes, and while there is none everything waits', () => {
    const { output, push, input } = started()
    output.request(Infinity)
    push(1)
    expect(input.outcomes).toEqual([])
    const [one, other] = [recorder<number>(), recorder<string>()]
    const subscription = from(output.values$).subscribe(one)
    expect(one.told).toEqual([1])
    from(output.messages$)
      .pipe(map(({ data, id }) => `${data} ${id.startsWith('feed:')}`))
      .subscribe(other)
    push(2)
    subscription.unsubscribe()
    push(3)
    expect(one.told).toEqual([1, 2])
    expect(other.told).toEqual(['2 true', '3 true'])
  })

  test('operators that have enough leave, and what comes then waits for somebody else', async () => {
    const { output, push, node } = started()
    const firsts = firstValueFrom(from(output.values$).pipe(take(2), toArray()))
    output.request(Infinity)
    push(1, 2, 3)
    await expect(firsts).resolves.toEqual([1, 2])
    expect(node().held).toBe(1)
  })

  test('a `next` that throws fails the message, and the others go on', () => {
    const { output, push, input, failures } = started()
    const seen = recorder<number>()
    output.values$.subscribe((value) => {
      if (value === 2) throw new Error('not that one')
    })
    output.values$.subscribe(seen)
    output.request(Infinity)
    push(1, 2, 3)
    expect(failures).toEqual(['observable: not that one'])
    expect(input.receipts.map(({ outcome }) => outcome).toSorted()).toEqual(['acked', 'acked', 'failed'])
    expect(seen.told).toEqual([1, 2, 3])
  })

  test.each([0, -1, 1.5, Number.NaN])('%d cannot be requested', (count) => {
    expect(() => observable().request(count)).toThrow(RangeError)
  })
})

describe('observable: latest', () => {
  test('of what nobody has requested the newest is kept, the others are dropped and counted', () => {
    const { output, push, node, env } = started({ mode: 'latest' })
    const seen = recorder<number>()
    from(output.values$).subscribe(seen)
    push(1, 2)
    push(3)
    expect(node().dropped).toEqual({ superseded: 2 })
    output.request()
    env.run()
    expect(seen.told).toEqual([3])
    output.request()
    push(4)
    push(5)
    expect(seen.told).toEqual([3, 4])
    output.request(2)
    push(6, 7, 8)
    expect(seen.told).toEqual([3, 4, 5, 8])
    expect(node().dropped).toEqual({ superseded: 4 })
  })

  test('at the end what nobody has requested is dropped, and nobody waits for it', () => {
    const { output, push, input, env, node, graph } = started({ mode: 'latest' })
    const seen = recorder<number>()
    from(output.values$).subscribe(seen)
    push(1)
    input.end()
    env.run()
    expect(graph.state).toBe('finished')
    expect(node().dropped).toEqual({ 'not-requested': 1 })
    expect(seen.told).toEqual(['complete'])
  })
})

describe('observable: the end', () => {
  test('what waits is given as it is requested, then the observable completes', async () => {
    const { output, push, input, env, graph } = started()
    const seen = recorder<number>()
    from(output.values$).subscribe(seen)
    push(1, 2)
    input.end()
    env.run()
    expect(graph.state).toBe('running')
    output.request(2)
    await env.settle()
    expect(graph.state).toBe('finished')
    expect(seen.told).toEqual([1, 2, 'complete'])
    expect(input.outcomes).toEqual(['1: acked', '2: acked'])
  })

  test('what is never requested is given back when the pipeline may not drain any longer', () => {
    const { output, push, input, env, graph } = started()
    const seen = recorder<number>()
    from(output.values$).subscribe(seen)
    push(1)
    void graph.stop()
    env.advance(5_000)
    expect(input.outcomes).toEqual(['1: SLUICE_PIPELINE_STOPPED'])
    expect(seen.told).toEqual([])
    output.request()
    expect(seen.told).toEqual([])
  })

  test('it can be given to by one run at a time, and by another one afterwards', async () => {
    const output = observable<number>()
    const first = started({}, {}, output)
    const refused = started({}, {}, output)
    expect((await refused.graph.finishedReport).error).toMatchObject({ code: 'SLUICE_OBSERVABLE_IN_USE' })
    const seen = recorder<number>()
    // Whoever subscribes when it completes is there for the next run.
    from(output.values$)
      .pipe(repeat({ count: 2 }))
      .subscribe(seen)
    first.input.end()
    first.env.run()
    const again = started({}, {}, output)
    output.request(Infinity)
    again.push(1)
    again.input.end()
    again.env.run()
    expect(seen.told).toEqual([1, 'complete'])
  })
})
