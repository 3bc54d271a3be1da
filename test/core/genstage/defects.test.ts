import { describe, expect, test } from 'vitest'
import type { FlushReason } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import type { StageComponent } from '../../../src/core/spec.ts'
import {
  asking,
  batching,
  discarding,
  Gate,
  kernel,
  passing,
  range,
  Sink,
  Source,
  stage,
  stuck,
} from '../../support/kernel.ts'

/** Lets all calls of a gate end, one by one. */
function drain(gate: Gate, env: { run(): void }): void {
  for (let call = 0; call < gate.calls.length; call++) {
    gate.calls[call]!.resolve()
    env.run()
  }
}

/** Batches of `size` for each key; for `pressure` it gives the older half, whatever is in them. */
function perKey(size: number): StageComponent {
  return stage(
    ({ hold, join }) => {
      const open = new Map<string, Message[]>()
      const close = (key: string): Message => {
        const parts = open.get(key)!
        open.delete(key)
        return join(parts, key)
      }
      return {
        handle: (messages) => {
          hold(messages)
          for (const message of messages) open.set(message.key!, [...(open.get(message.key!) ?? []), message])
          return [...open].filter(([, parts]) => parts.length >= size).map(([key]) => close(key))
        },
        flush: (reason: FlushReason) => {
          const keys = [...open.keys()]
          return keys.slice(0, reason === 'pressure' ? Math.ceil(keys.length / 2) : keys.length).map(close)
        },
      }
    },
    { holds: true, parts: size },
  )
}

/** The defects of GenStage and Broadway (59 in the list of cases), none of which is ours. */
describe('59: what GenStage and Broadway do wrong', () => {
  test('X1: a stage whose last consumer leaves stops pulling', () => {
    const source = new Source()
    const { graph, env } = kernel({
      source: { component: source.component },
      stage: { component: passing, from: [asking('source', 10)] },
      sink: { component: stuck, from: [asking('stage', 5)] },
    })
    graph.cancel('stage', 'sink')
    const { made } = source
    env.advance(60_000)
    expect(source.made).toBe(made)
    expect(made).toBe(15)
  })

  test('X2: after one of two leaves, what is kept goes first, and the next ask is served', () => {
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component, settings: { dispatch: 'demand' } },
      one: { component: stuck, from: [asking('source', 10)] },
      two: { component: gate.consumer, from: [asking('source', 10, 9)] },
    })
    graph.cancel('source', 'one')
    source.push(...range(15))
    env.run()
    for (const call of range(5)) gate.calls[call]?.resolve()
    env.run()
    source.push(15)
    drain(gate, env)
    expect(gate.values).toEqual(range(16))
  })

  test('X3: who joins a broadcast late stalls nobody, and nothing overtakes what was kept', () => {
    const gates = [new Gate(), new Gate()] as const
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      one: { component: gates[0].consumer, from: [asking('source', 3, 2)] },
      two: { component: gates[1].consumer, from: [asking('source', 20)] },
    })
    graph.cancel('source', 'two')
    source.push(1, 2, 3, 4)
    env.run()
    graph.subscribe('two', asking('source', 20))
    env.run()
    source.push(5)
    drain(gates[0], env)
    expect(gates[0].values).toEqual([1, 2, 3, 4, 5])
    drain(gates[1], env)
    expect(gates[1].values).toEqual([4, 5])
    expect(source.outcomes).toHaveLength(5)
  })

  test('X4: a partition that leaves loses nothing of what it had queued', () => {
    const sink = new Sink()
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: {
        component: source.component,
        settings: { dispatch: { partition: { by: ({ data }) => data, count: 8 } } },
      },
      one: { component: discarding, from: [asking('source', 50)] },
      two: { component: sink.component, from: [asking('source', 50)] },
    })
    graph.pause('one')
    source.push(...range(40))
    env.run()
    const queued = graph.edge('source', 'one').queue.length
    expect(queued).toBeGreaterThan(0)
    graph.cancel('source', 'one')
    env.run()
    expect(sink.values.toSorted((a, b) => (a as number) - (b as number))).toEqual(range(40))
    expect(source.outcomes).toHaveLength(40)
  })

  test('X5: a producer that throws when it is told outcomes suppresses nobody else’s', () => {
    const good = new Source({ queue: {} })
    const bad = new Source({ queue: {} })
    const create = (context: typeof bad.context) => {
      const handlers = bad.component.create(context)
      return {
        ...handlers,
        settle: (): void => {
          throw new Error('no acks today')
        },
      }
    }
    const { env, graph } = kernel({
      bad: { component: { ...bad.component, create } },
      good: { component: good.component },
      batches: { component: batching(4), from: ['bad', 'good'] },
      sink: { component: discarding, from: ['batches'] },
    })
    bad.push(1, 2)
    good.push(1, 2)
    env.run()
    expect(good.outcomes).toEqual(['1: acked', '2: acked'])
    expect(graph.stats().unacked).toBe(0)
  })

  test('X6: open batches are covered by `maxUnacked`, however many keys there are', () => {
    const source = new Source({ upTo: 5000 })
    let most = 0
    const keyed = perKey(10)
    const { graph, env } = kernel({
      source: { component: source.component, settings: { maxUnacked: { parts: 500 }, key: ({ data }) => data } },
      keyed: { component: keyed, from: [asking('source', 10)] },
      sink: {
        component: new Sink(() => void (most = Math.max(most, graph.stats().unacked))).component,
        from: ['keyed'],
      },
    })
    env.run()
    expect(most).toBeLessThanOrEqual(500)
    expect(graph.stats().unacked).toBeLessThanOrEqual(500)
    expect(source.made).toBeGreaterThan(500)
  })

  test('X7: a branch that hangs and doesn’t block starves nobody', () => {
    const sink = new Sink()
    const source = new Source({ upTo: 110, give: () => 1 })
    const { graph } = kernel({
      source: { component: source.component },
      hung: { component: stuck, from: [{ ...asking('source', 20), whenFull: 'drop-newest', queue: { messages: 5 } }] },
      sink: { component: sink.component, from: [asking('source', 20)] },
    })
    expect(sink.values).toEqual(range(110))
    expect(graph.node('source').counters.dropped.get('queue-full')).toBe(110 - 25)
  })

  test('X8: a `by` that throws fails its message: the producer lives and loses nothing', () => {
    const source = new Source({ upTo: 10 })
    const by = ({ data }: Message): unknown => {
      if (data === 4) throw new Error('no key')
      return data
    }
    const { graph } = kernel({
      source: { component: source.component, settings: { dispatch: { partition: { by, count: 4 } } } },
      one: { component: discarding, from: ['source'] },
      two: { component: discarding, from: ['source'] },
    })
    expect(source.outcomes.toSorted()).toEqual(range(10).map((n) => `${n}: ${n === 4 ? 'no key' : 'acked'}`))
    expect(graph.state).toBe('finished')
  })

  test('X8: when the time for stopping is over, the rest is failed back and reported, not abandoned', async () => {
    const source = new Source({ queue: {} })
    const gate = new Gate()
    const { graph, env } = kernel(
      { source: { component: source.component }, sink: { component: gate.consumer, from: [asking('source', 4)] } },
      { stopTimeoutMs: 100 },
    )
    source.push(...range(6))
    env.run()
    const stopped = graph.stop()
    for (const call of range(2)) {
      gate.calls[call]!.resolve()
      env.run()
    }
    env.advance(100)
    expect((await stopped).left.reduce((sum, { messages }) => sum + messages, 0)).toBe(4)
    expect(source.outcomes.filter((outcome) => outcome.endsWith('acked'))).toHaveLength(2)
    expect(source.outcomes.filter((outcome) => outcome.endsWith('SLUICE_PIPELINE_STOPPED'))).toHaveLength(4)
  })

  test('X9: 20,000 pushed at once: what is not taken is said so, what was taken all arrives', () => {
    const sink = new Sink()
    const source = new Source({ queue: { messages: 10_000 } })
    const { env, graph } = kernel({
      source: { component: source.component },
      sink: { component: sink.component, from: [asking('source', 10)] },
    })
    expect(source.push(...range(20_000))).toBe(10_000)
    env.run()
    expect(sink.values).toEqual(range(10_000))
    expect(source.outcomes).toHaveLength(10_000)
    expect(graph.node('source').counters.dropped.size).toBe(0)
  })
})
