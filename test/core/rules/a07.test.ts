import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import type { CallInfo, ProducerContext } from '../../../src/core/component.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { asking, batching, consumer, Gate, kernel, range, Sink, Source, stuck } from '../../support/kernel.ts'

describe('A7: stopping', () => {
  test('A7: producers are not asked any more, a long poll is aborted', async () => {
    let signal: AbortSignal | undefined
    const asks: number[] = []
    const source = new Source()
    const component = {
      ...source.component,
      outcomes: false as const,
      create: () => ({
        handleDemand: (count: number, call: CallInfo) => {
          asks.push(count)
          const poll = new Deferred()
          signal = call.signal
          signal.addEventListener('abort', () => poll.resolve([]))
          return poll as unknown as PromiseLike<readonly Message[]>
        },
      }),
    }
    const { graph, env } = kernel({
      source: { component },
      sink: { component: new Sink().component, from: ['source'] },
    })
    const stopped = graph.stop()
    env.run()
    expect(signal!.aborted).toBe(true)
    expect(asks).toHaveLength(1)
    await expect(stopped).resolves.toMatchObject({ outcome: 'stopped', left: [] })
  })

  test('A7: what was admitted is drained, holders flush, acks are sent', async () => {
    const source = new Source({ queue: {} })
    const sink = new Sink()
    const { graph, env } = kernel({
      source: { component: source.component },
      batches: { component: batching(4), from: ['source'] },
      sink: { component: sink.component, from: ['batches'] },
    })
    source.push(...range(6))
    const stopped = graph.stop()
    expect(source.push(99)).toBe(0)
    env.run()
    expect(sink.values).toEqual([range(4), [4, 5]])
    expect(source.outcomes).toEqual(range(6).map((n) => `${n}: acked`))
    await expect(stopped).resolves.toMatchObject({ outcome: 'stopped', left: [] })
    expect(graph.state).toBe('finished')
  })

  test('A7: one deadline for all: what is left then fails back to its origin, and is reported by node', async () => {
    const source = new Source({ queue: {} })
    const { graph, env } = kernel(
      {
        source: { component: source.component },
        batches: { component: batching(2), from: ['source'] },
        sink: { component: stuck, from: [asking('batches', 3)], settings: { concurrency: 1 } },
      },
      { stopTimeoutMs: 1000 },
    )
    source.push(...range(9))
    env.run()
    const stopped = graph.stop()
    env.advance(999)
    expect(source.outcomes).toEqual([])
    env.advance(1)
    const report = await stopped
    expect(report).toMatchObject({ outcome: 'deadline', error: undefined })
    const left = Object.fromEntries(report.left.map(({ node, messages }) => [node, messages]))
    // Three batches had been asked for: one in the call, two before it. Two more are kept: one full, one of the flush.
    expect(left).toEqual({ sink: 3, batches: 2 })
    expect(source.outcomes.toSorted()).toEqual(range(9).map((n) => `${n}: SLUICE_PIPELINE_STOPPED`))
  })

  test('A7: never silently dropped: what waits at the door, on edges, in calls and in holders is all failed back', async () => {
    const source = new Source({ queue: {} })
    const { graph, env } = kernel(
      {
        source: { component: source.component },
        slow: { component: new Gate().stage, from: [asking('source', 3)], settings: { concurrency: 2 } },
        sink: { component: stuck, from: ['slow'] },
      },
      { stopTimeoutMs: 1000 },
    )
    source.push(...range(20))
    env.run()
    const stopped = graph.stop()
    env.advance(1000)
    const report = await stopped
    expect(source.outcomes).toHaveLength(20)
    expect(report.left.reduce((sum, { messages }) => sum + messages, 0)).toBe(20)
  })

  test('A7: signals of calls that are left abort, and what comes from them late changes nothing', async () => {
    const gate = new Gate()
    const source = new Source({ upTo: 1 })
    const { graph, env } = kernel(
      { source: { component: source.component }, sink: { component: gate.consumer, from: ['source'] } },
      { stopTimeoutMs: 10 },
    )
    const { signal } = gate.calls[0]!.call
    const stopped = graph.stop()
    env.advance(10)
    expect(signal.aborted).toBe(true)
    gate.calls[0]!.resolve()
    env.advance(5000)
    await stopped
    expect(source.outcomes).toEqual(['0: SLUICE_PIPELINE_STOPPED'])
  })

  test('A7: a producer that never hears what became of its messages is closed all the same, and can let go', async () => {
    const letGo = new Deferred()
    let stops = 0
    const component = {
      ...new Source().component,
      outcomes: false as const,
      create: ({ message }: ProducerContext) => ({
        handleDemand: () => (stops === 0 ? [message(1)] : []),
        settle: () => new Deferred() as unknown as PromiseLike<void>,
        stop: () => {
          stops++
          return letGo as unknown as PromiseLike<void>
        },
      }),
    }
    const { graph, env } = kernel(
      { source: { component }, sink: { component: new Sink().component, from: [asking('source', 1)] } },
      { stopTimeoutMs: 1000 },
    )
    const stopped = graph.stop()
    env.advance(1000)
    expect(stops).toBe(0)
    env.advance(1000)
    expect(stops).toBe(1)
    expect(graph.state).toBe('draining')
    letGo.resolve(undefined)
    env.run()
    expect(graph.state).toBe('finished')
    expect((await stopped).outcome).toBe('deadline')
  })

  test('A7: stopping twice is stopping once', async () => {
    let stops = 0
    const sink = consumer(() => ({ each: () => {}, stop: () => void stops++ }))
    const { graph, env } = kernel({
      source: { component: new Source({ queue: {} }).component },
      sink: { component: sink, from: ['source'] },
    })
    const reports = [graph.stop(), graph.stop()]
    env.run()
    const third = graph.stop()
    const [one, two, three] = await Promise.all([...reports, third])
    expect(one).toBe(two)
    expect(two).toBe(three)
    expect(stops).toBe(1)
  })
})
