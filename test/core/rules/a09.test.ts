import { describe, expect, test } from 'vitest'
import type { StageContext } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { codeOf, consumer, Gate, kernel, range, Sink, Source, stage } from '../../support/kernel.ts'

type Handle = (messages: readonly Message[], context: StageContext) => unknown

/** Three messages through one `handle`. */
function handling(handle: Handle, { holds = false, upTo = 3 } = {}) {
  const source = new Source({ upTo })
  const sink = new Sink()
  const component = stage((context) => ({ handle: (messages) => handle(messages, context) as readonly Message[] }), {
    holds,
  })
  const { graph, failures } = kernel({
    source: { component: source.component },
    stage: { component, from: ['source'] },
    sink: { component: sink.component, from: ['stage'] },
  })
  return { source, sink, graph, failures }
}

describe('A9: nothing is forgotten', () => {
  test('A9: what a stage neither returned, dropped, failed nor held fails at once', () => {
    const { source, sink, graph } = handling((messages, { drop, fail }) => {
      drop(messages[0]!, 'no use')
      fail(messages[1]!, new Error('broken'))
      return []
    })
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: broken', '2: SLUICE_HANDLER_LOST_MESSAGE'])
    expect(sink.values).toEqual([])
    expect(graph.state).toBe('finished')
  })

  test('A9: the others of its call are not touched', () => {
    const { source, sink } = handling((messages) => [messages[0], messages[2]])
    expect(sink.values).toEqual([0, 2])
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: SLUICE_HANDLER_LOST_MESSAGE', '2: acked'])
  })

  test('A9: a child that is forgotten fails, and its parent with it', () => {
    const { source, sink } = handling(
      (messages, { child }) => messages.map((message) => [child(message, 'a'), child(message, 'b')][0]),
      {
        upTo: 1,
      },
    )
    expect(sink.values).toEqual(['a'])
    expect(source.outcomes).toEqual(['0: SLUICE_HANDLER_LOST_MESSAGE'])
  })

  test('A9: a message with children is settled by them, once its call has succeeded', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 1 })
    const splitting = stage(({ child }) => ({
      handle: ([message]) => ['a', 'b'].map((letter) => child(message!, letter)),
    }))
    const { env } = kernel({
      source: { component: source.component },
      splitting: { component: splitting, from: ['source'] },
      sink: { component: gate.consumer, from: ['splitting'], settings: { concurrency: 2 } },
    })
    gate.calls[0]!.resolve()
    env.run()
    expect(source.outcomes).toEqual([])
    gate.calls[1]!.resolve()
    env.run()
    expect(source.outcomes).toEqual(['0: acked'])
  })

  test('A9: if the call throws, its children are void and its messages fail', () => {
    const { source, sink, graph } = handling((messages, { child }) => {
      child(messages[0]!, 'lost')
      throw new Error('after all')
    })
    expect(sink.values).toEqual([])
    expect(source.outcomes).toEqual(range(3).map((n) => `${n}: after all`))
    expect(graph.state).toBe('finished')
  })

  test('A9: a message of another call can be neither returned nor held: the stamp says whose it is', () => {
    const seen: Message[] = []
    const answers: { deferred: Deferred; messages: readonly Message[] }[] = []
    const source = new Source({ upTo: 2 })
    const sink = new Sink()
    const stealing = stage(() => ({
      handle: (messages) => {
        seen.push(...messages)
        answers.push({ deferred: new Deferred(), messages })
        return answers.at(-1)!.deferred as PromiseLike<readonly Message[]>
      },
    }))
    const { env } = kernel({
      source: { component: source.component },
      stealing: { component: stealing, from: ['source'], settings: { concurrency: 2, callSize: 1 } },
      sink: { component: sink.component, from: ['stealing'] },
    })
    answers[1]!.deferred.resolve([seen[1], seen[0]])
    answers[0]!.deferred.resolve([seen[0]])
    env.run()
    expect(sink.values).toEqual([0])
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: SLUICE_HANDLER_FOREIGN_MESSAGE'])
  })

  test('A9: for a consumer, returning is the ack of the rest', () => {
    const source = new Source({ upTo: 3 })
    const failing = consumer(({ fail, drop }) => ({
      handle: (messages) => {
        fail(messages[1]!, new Error('one'))
        drop(messages[2]!, 'late')
      },
    }))
    const { graph } = kernel({
      source: { component: source.component },
      sink: { component: failing, from: ['source'] },
    })
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: one', '2: acked'])
    expect(graph.stats().nodes[1]).toMatchObject({ dropped: { late: 1 }, failed: 1 })
  })

  test('A9: in `filter` and `flatMap` giving nothing is the ack; `drop` and `fail` work in per-message shapes as well', () => {
    const source = new Source({ upTo: 4 })
    const sink = new Sink()
    const verbs = stage(({ drop, fail }) => ({
      map: (n: number, message) => {
        if (n === 1) drop(message, 'one')
        if (n === 2) fail(message, new Error('two'))
        return n
      },
    }))
    kernel({
      source: { component: source.component },
      verbs: { component: verbs, from: ['source'] },
      none: { component: stage(() => ({ flatMap: (n: number) => (n === 3 ? [] : [n]) })), from: ['verbs'] },
      sink: { component: sink.component, from: ['none'] },
    })
    expect(sink.values).toEqual([0])
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: acked', '2: two', '3: acked'])
  })

  test('A9: what a component keeps back at its last flush fails', () => {
    const { source, graph } = handling((messages, { hold }) => hold(messages), { holds: true })
    expect(source.outcomes).toEqual(range(3).map((n) => `${n}: SLUICE_HANDLER_LOST_MESSAGE`))
    expect(graph.state).toBe('finished')
  })

  test('A9: only who says that it holds can hold', () => {
    const { source } = handling((messages, { hold }) => hold(messages), { upTo: 1 })
    expect(source.outcomes).toEqual(['0: SLUICE_COMPONENT_INVALID'])
  })

  test('A9: only held messages can be acked, joined or emitted', () => {
    const codes: string[] = []
    const attempt = (verb: () => unknown): void => {
      try {
        verb()
      } catch (error) {
        codes.push(codeOf(error))
      }
    }
    handling((messages, { ack, join, emit }) => {
      attempt(() => ack(messages[0]!))
      attempt(() => join(messages))
      attempt(() => emit(messages))
      return messages
    })
    expect(codes).toEqual(Array.from({ length: 3 }, () => 'SLUICE_HANDLER_FOREIGN_MESSAGE'))
  })
})
