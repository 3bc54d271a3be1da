import { describe, expect, test } from 'vitest'
import type { FlushReason } from '../../../src/core/component.ts'
import type { StageComponent } from '../../../src/core/spec.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { asking, batching, figures, Gate, kernel, passing, range, Sink, Source, stage } from '../../support/kernel.ts'

/** Passes on, and notes each flush with the messages seen before it. */
function watching(events: unknown[], answer?: Deferred): StageComponent {
  return stage(() => ({
    map: (data: unknown) => {
      events.push(data)
      return data
    },
    flush: (reason: FlushReason) => {
      events.push(reason)
      return answer as PromiseLike<undefined> | undefined
    },
  }))
}

describe('D18: markers', () => {
  test('D18: a flush travels behind the messages that are there, and before those that follow', () => {
    const events: unknown[] = []
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      watching: { component: watching(events), from: ['source'] },
      sink: { component: new Sink().component, from: ['watching'] },
    })
    source.push(1, 2)
    env.run()
    graph.whenFlushed(() => events.push('done'))
    source.push(3)
    env.run()
    expect(events.filter((event) => event !== 'done')).toEqual([1, 2, 'flush', 3])
    expect(events.indexOf('done')).toBeGreaterThan(events.indexOf('flush'))
  })

  test('D18: it needs no credit: it passes an edge that has none', () => {
    const source = new Source({ queue: {} })
    const gate = new Gate()
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: [asking('source', 1)] },
    })
    source.push(1)
    env.run()
    expect(figures(graph.edge('source', 'sink'))).toMatchObject({ credit: 0 })
    let isFlushed = false
    graph.whenFlushed(() => (isFlushed = true))
    env.run()
    expect(isFlushed).toBe(false)
    gate.calls[0]!.resolve()
    env.run()
    expect(isFlushed).toBe(true)
  })

  test('D18: it does not overtake output that is kept', () => {
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const twice = stage(() => ({ flatMap: (n: number) => [n, n, n] }))
    const { graph, env } = kernel({
      source: { component: source.component },
      twice: { component: twice, from: ['source'] },
      sink: { component: gate.consumer, from: [asking('twice', 1)] },
    })
    source.push(1)
    env.run()
    let isFlushed = false
    graph.whenFlushed(() => (isFlushed = true))
    for (const call of range(3)) {
      env.run()
      expect(isFlushed).toBe(false)
      gate.calls[call]!.resolve()
    }
    env.run()
    expect(isFlushed).toBe(true)
  })

  test('D18: it does not overtake calls under way, nor `end` what is kept', () => {
    const gate = new Gate()
    const sink = new Sink()
    const source = new Source({ upTo: 3 })
    const { graph, env } = kernel({
      source: { component: source.component },
      slow: { component: gate.stage, from: ['source'], settings: { concurrency: 3 } },
      sink: { component: sink.component, from: ['slow'] },
    })
    gate.calls[2]!.resolve()
    gate.calls[1]!.resolve()
    env.run()
    expect(graph.node('sink').isFinished).toBe(false)
    gate.calls[0]!.resolve()
    env.run()
    expect(sink.values).toEqual([0, 1, 2])
    expect(graph.state).toBe('finished')
  })

  test('D18: what is held is given before the marker goes on', () => {
    const sink = new Sink()
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      batches: { component: batching(10), from: ['source'] },
      sink: { component: sink.component, from: ['batches'] },
    })
    source.push(1, 2, 3)
    env.run()
    expect(sink.values).toEqual([])
    graph.whenFlushed(() => sink.values.push('flushed'))
    env.run()
    expect(sink.values).toEqual([[1, 2, 3], 'flushed'])
  })

  test('D18: with several inputs it waits for all that live; what follows on the others waits in their windows', () => {
    const events: unknown[] = []
    const gate = new Gate()
    const one = new Source({ queue: {} })
    const two = new Source({ queue: {} })
    const { graph, env } = kernel({
      one: { component: one.component },
      two: { component: two.component },
      slow: { component: gate.stage, from: [asking('two', 5)] },
      both: { component: watching(events), from: [asking('one', 4), 'slow'] },
      sink: { component: new Sink().component, from: ['both'] },
    })
    two.push('late')
    env.run()
    void graph.flush()
    env.run()
    one.push(1, 2, 3, 4, 5, 6)
    env.run()
    expect(events).toEqual([])
    expect(graph.edge('one', 'both').queue.length).toBe(4)
    gate.calls[0]!.resolve()
    env.run()
    expect(events).toEqual(['late', 'flush', 1, 2, 3, 4, 5, 6])
  })

  test('D18: an input that has ended has come to any marker', () => {
    const events: unknown[] = []
    const one = new Source({ queue: {} })
    const two = new Source({ queue: {} })
    const { graph, env } = kernel({
      one: { component: one.component },
      two: { component: two.component },
      both: { component: watching(events), from: ['one', 'two'] },
      sink: { component: new Sink().component, from: ['both'] },
    })
    two.context.end()
    env.run()
    graph.whenFlushed(() => events.push('done'))
    env.run()
    one.push(1)
    env.run()
    expect(events).toEqual(['flush', 'done', 1])
    expect(graph.state).toBe('running')
  })

  test('D18: one barrier at a time: a second flush begins when the first is through', () => {
    const events: unknown[] = []
    const answer = new Deferred()
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      watching: { component: watching(events, answer), from: ['source'] },
      sink: { component: new Sink().component, from: ['watching'] },
    })
    graph.whenFlushed(() => events.push('first'))
    graph.whenFlushed(() => events.push('second'))
    env.run()
    expect(events).toEqual(['flush'])
    answer.resolve(undefined)
    env.run()
    expect(events).toEqual(['flush', 'first', 'flush', 'second'])
  })

  test('D18: stopping pre-empts: a flush that waits is through with the stop, and the graph ends', async () => {
    const source = new Source({ queue: {} })
    const gate = new Gate()
    const { graph, env } = kernel({
      source: { component: source.component },
      passing: { component: passing, from: ['source'] },
      sink: { component: gate.consumer, from: ['passing'] },
    })
    source.push(1)
    env.run()
    const done: string[] = []
    graph.whenFlushed(() => done.push('one'))
    graph.whenFlushed(() => done.push('two'))
    const stopped = graph.stop()
    env.run()
    gate.calls[0]!.resolve()
    env.run()
    await expect(stopped).resolves.toMatchObject({ outcome: 'stopped' })
    expect(done).toEqual(['one', 'two'])
  })
})
