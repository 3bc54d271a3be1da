import { describe, expect, test } from 'vitest'
import { batching, consumer, Gate, kernel, passing, range, Sink, Source, stage } from '../../support/kernel.ts'

describe('D19: the end of a finite producer', () => {
  test('D19: everything under way is handled before anything stops', async () => {
    const gate = new Gate()
    const stopped: string[] = []
    const source = new Source({ upTo: 3 })
    const slow = consumer(() => ({ each: gate.wait, stop: () => void stopped.push('slow') }))
    const { graph, env } = kernel({
      source: { component: source.component },
      slow: { component: slow, from: ['source'], settings: { concurrency: 2 } },
    })
    gate.calls[0]!.resolve()
    gate.calls[1]!.resolve()
    env.run()
    expect(stopped).toEqual([])
    expect(graph.state).toBe('running')
    gate.calls[2]!.resolve()
    env.run()
    expect(stopped).toEqual(['slow'])
    await expect(graph.finishedReport).resolves.toEqual({
      outcome: 'finished',
      error: undefined,
      node: undefined,
      left: [],
    })
    expect(source.outcomes).toEqual(range(3).map((n) => `${n}: acked`))
  })

  test('D19: a producer is let go when all its outcomes have been told', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 2 })
    let toldAtStop = -1
    const create = (context: typeof source.context) => ({
      ...source.component.create(context),
      stop: () => void (toldAtStop = source.outcomes.length),
    })
    const { env } = kernel({
      source: { component: { ...source.component, create } },
      sink: { component: gate.consumer, from: ['source'], settings: { concurrency: 2 } },
    })
    gate.calls[0]!.resolve()
    env.run()
    expect(toldAtStop).toBe(-1)
    gate.calls[1]!.resolve()
    env.run()
    expect(toldAtStop).toBe(2)
  })

  test('D19: holders flush, then consumers stop', () => {
    const events: unknown[] = []
    const source = new Source({ upTo: 7 })
    const sink = consumer(() => ({
      each: (batch: unknown) => void events.push(batch),
      stop: () => void events.push('stopped'),
    }))
    kernel({
      source: { component: source.component },
      batches: { component: batching(3), from: ['source'] },
      more: { component: batching(2), from: ['batches'] },
      sink: { component: sink, from: ['more'] },
    })
    expect(events).toEqual([
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
      [[6]],
      'stopped',
    ])
    expect(source.outcomes).toHaveLength(7)
  })

  test('D19: a consumer that holds is flushed at the end, and acks what it held', () => {
    const held: unknown[] = []
    const source = new Source({ upTo: 4 })
    const syncing = consumer(
      ({ hold, ack }) => {
        let open: readonly Parameters<typeof ack>[0][] = []
        return {
          handle: (messages) => {
            hold(messages)
            held.push(...messages.map(({ data }) => data))
            open = [...open, messages]
          },
          flush: () => open.forEach(ack),
        }
      },
      { holds: true },
    )
    const { graph } = kernel({
      source: { component: source.component },
      sink: { component: syncing, from: ['source'] },
    })
    expect(held).toEqual(range(4))
    expect(source.outcomes).toEqual(range(4).map((n) => `${n}: acked`))
    expect(graph.state).toBe('finished')
  })

  test('D19: with several producers, a node ends when the last of them has', () => {
    const sink = new Sink()
    const one = new Source({ queue: {} })
    const two = new Source({ queue: {} })
    const { graph, env } = kernel({
      one: { component: one.component },
      two: { component: two.component },
      both: { component: passing, from: ['one', 'two'] },
      sink: { component: sink.component, from: ['both'] },
    })
    one.context.end()
    env.run()
    expect(graph.node('both').isFinished).toBe(false)
    two.push(1)
    two.context.end()
    env.run()
    expect(sink.values).toEqual([1])
    expect(graph.state).toBe('finished')
  })

  test('D19: an iterable under way is pulled to its end before the graph ends', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 1 })
    const five = stage(() => ({ flatMap: () => range(5)[Symbol.iterator]() as Iterable<number> }))
    const { graph, env } = kernel({
      source: { component: source.component },
      five: { component: five, from: ['source'] },
      sink: { component: gate.consumer, from: [{ from: 'five', demand: { max: 1 } }] },
    })
    for (const call of range(5)) {
      expect(graph.state).toBe('running')
      gate.calls[call]!.resolve()
      env.run()
    }
    expect(gate.values).toEqual(range(5))
    expect(graph.state).toBe('finished')
  })

  test('D19: an empty producer ends its graph', () => {
    const { graph } = kernel({
      source: { component: new Source({ upTo: 0 }).component },
      sink: { component: new Sink().component, from: ['source'] },
    })
    expect(graph.state).toBe('finished')
  })
})
