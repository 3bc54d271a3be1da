import { describe, expect, test } from 'vitest'
import type { StageContext } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import { asking, consumer, kernel, range, Sink, Source, stage, stuck } from '../../support/kernel.ts'
import { handle, through } from './through.ts'

const all = (outcome: string): string[] => range(3).map((n) => `${n}: ${outcome}`)

describe('what an iterable may do', () => {
  const splitting = (values: () => unknown) => through(stage(() => ({ flatMap: () => values() as never })))

  test.each([
    ['its iterator throws', () => ({ [Symbol.iterator]: () => fails() }), 'looked at'],
    ['it throws at the first value', () => ({ [Symbol.iterator]: () => ({ next: fails }) }), 'looked at'],
    [
      'it throws nothing at all',
      () => ({ [Symbol.iterator]: () => ({ next: throwsNothing }) }),
      'SLUICE_HANDLER_THREW',
    ],
    ['it is an asynchronous one', asynchronous, 'SLUICE_HANDLER_BAD_RETURN'],
  ])('%s: its message fails', (_name, values, outcome) => {
    const { outcomes, graph } = splitting(values)
    expect(outcomes()).toEqual(all(outcome))
    expect(graph.state).toBe('finished')
  })

  test('without end it is pulled by demand, for as long as there is any; a stop ends it, and its `finally` runs', async () => {
    let made = 0
    let isCleanedUp = false
    const source = new Source({ upTo: 2 })
    const endless = stage(() => ({
      *flatMap() {
        try {
          for (;;) yield made++
        } finally {
          isCleanedUp = true
        }
      },
    }))
    const { graph, env } = kernel(
      {
        source: { component: source.component },
        endless: { component: endless, from: ['source'] },
        sink: { component: stuck, from: [asking('endless', 10)] },
      },
      { stopTimeoutMs: 1000 },
    )
    expect(made).toBe(10)
    const stopped = graph.stop()
    await env.advanceAsync(5000)
    await expect(stopped).resolves.toMatchObject({ outcome: 'deadline' })
    expect(isCleanedUp).toBe(true)
    expect(source.outcomes.toSorted()).toEqual(range(2).map((n) => `${n}: SLUICE_PIPELINE_STOPPED`))
  })
})

describe('verbs used in a wrong way fail their call, or do nothing', () => {
  test('what a message gets after its outcome is known changes nothing', () => {
    const source = new Source({ upTo: 1 })
    const { graph } = kernel({
      source: { component: source.component },
      sink: {
        component: consumer(({ drop, fail }) => ({
          each: (_data: unknown, message) => {
            drop(message, 'first')
            drop(message, 'second')
            fail(message, new Error('third'))
            throw new Error('fourth')
          },
        })),
        from: ['source'],
      },
    })
    expect(source.outcomes).toEqual(['0: acked'])
    expect(graph.stats().nodes[1]).toMatchObject({ dropped: { first: 1 }, failed: 0 })
  })

  test.each([
    ['hold', (messages: readonly Message[], { hold }: StageContext) => (hold(messages), hold(messages))],
    [
      'join',
      (messages: readonly Message[], { hold, join }: StageContext) => (
        hold(messages),
        [join(messages), join(messages)]
      ),
    ],
  ])('`%s` of the same messages twice fails them, and nothing goes on', (_verb, answer) => {
    const { outcomes, sink } = through(handle(answer, true))
    expect(outcomes()).toEqual(all('SLUICE_HANDLER_FOREIGN_MESSAGE'))
    expect(sink.values).toEqual([])
  })

  test('what `flush` gives out by `emit` and then returns is given once, and the mistake fails the pipeline', async () => {
    const source = new Source({ upTo: 3 })
    const sink = new Sink()
    const held: Message[] = []
    const component = stage(
      ({ hold, emit }) => ({
        handle: (messages) => {
          hold(messages)
          held.push(...messages)
        },
        flush: () => {
          emit(held)
          return held
        },
      }),
      { holds: true },
    )
    const { graph, env } = kernel({
      source: { component: source.component },
      stage: { component, from: ['source'] },
      sink: { component: sink.component, from: ['stage'] },
    })
    await env.advanceAsync(5000)
    expect(sink.values).toEqual(range(3))
    expect(source.outcomes).toEqual(all('acked'))
    await expect(graph.finishedReport).resolves.toMatchObject({
      outcome: 'failed',
      node: 'stage',
      error: { code: 'SLUICE_HANDLER_FOREIGN_MESSAGE' },
    })
  })
})

function fails(..._looked: readonly unknown[]): never {
  throw new Error('looked at')
}

function throwsNothing(): never {
  // oxlint-disable-next-line typescript/only-throw-error -- It is what is tried.
  throw undefined
}

async function* asynchronous(): AsyncGenerator<number> {
  yield 1
}
