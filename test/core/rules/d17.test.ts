import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import type { StageComponent } from '../../../src/core/spec.ts'
import { asking, kernel, Sink, Source, stage, stuck } from '../../support/kernel.ts'

describe('D17: what passes an edge is a plain record', () => {
  test.each([
    ['flush', { kind: 'flush', number: 1 }],
    ['stop', { kind: 'drain' }],
    ['end', { kind: 'end' }],
  ])('D17: a marker can be cloned, so it can cross a thread: %s', (action, expected) => {
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: stuck, from: [asking('source', 1)] },
    })
    const edge = graph.edge('source', 'sink')
    const { mark } = edge
    const markers: unknown[] = []
    edge.mark = (marker) => {
      markers.push(marker)
      mark.call(edge, marker)
    }
    if (action === 'flush') void graph.flush()
    else if (action === 'stop') void graph.stop()
    else source.context.end()
    env.run()
    expect(structuredClone(markers)).toEqual([expected])
  })

  test('D17: the array that is emitted stays the emitter’s', () => {
    const sink = new Sink()
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component },
      sink: { component: sink.component, from: ['source'] },
    })
    const messages = source.messages([1, 2, 3])
    source.context.emit(messages)
    messages.length = 0
    env.run()
    expect(sink.values).toEqual([1, 2, 3])
  })

  test('D17: the array that `handle` is given is the handler’s: what it does to it does not change what was handed over', () => {
    const emptying: StageComponent = stage(() => ({
      handle: (messages) => {
        const results = [...messages]
        ;(messages as unknown as Message[]).length = 0
        return results
      },
    }))
    const sink = new Sink()
    const source = new Source({ upTo: 20 })
    const { graph } = kernel({
      source: { component: source.component },
      emptying: { component: emptying, from: [asking('source', 5)] },
      sink: { component: sink.component, from: ['emptying'] },
    })
    expect(sink.values).toHaveLength(20)
    expect(source.outcomes).toHaveLength(20)
    expect(graph.state).toBe('finished')
  })

  test('D17: the array that `handle` returns stays its own as well', () => {
    const results: Message[] = []
    const reusing: StageComponent = stage(() => ({
      handle: (messages) => {
        results.length = 0
        results.push(...messages)
        return results
      },
    }))
    const sink = new Sink()
    const source = new Source({ upTo: 20, give: () => 3 })
    kernel({
      source: { component: source.component },
      reusing: { component: reusing, from: [asking('source', 3)] },
      sink: { component: sink.component, from: ['reusing'] },
    })
    expect(sink.values).toHaveLength(20)
    expect(source.outcomes).toHaveLength(20)
  })
})
