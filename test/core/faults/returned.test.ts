import { describe, expect, test } from 'vitest'
import type { StageContext } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import { consumer, kernel, range, Sink, Source, stage, stuck } from '../../support/kernel.ts'
import { handle, through } from './through.ts'

type Answer = (messages: readonly Message[], context: StageContext) => unknown

/** The same answers of a call that answers at once, and of one that is waited for. */
const MODES: Readonly<Record<string, (answer: Answer) => Answer>> = {
  'at once': (answer) => answer,
  later: (answer) => async (messages, context) => {
    await Promise.resolve()
    return answer(messages, context)
  },
}

const all = (outcome: string): string[] => range(3).map((n) => `${n}: ${outcome}`)

describe.each(Object.keys(MODES))('what a stage returns %s:', (mode) => {
  const returning = async (answer: Answer) => {
    const made = through(handle(MODES[mode]!(answer)))
    await made.env.advanceAsync(60_000)
    expect(made.graph.state).toBe('finished')
    expect(made.graph.stats().unacked).toBe(0)
    return made
  }

  test('nothing: it has forgotten its messages', async () => {
    const { outcomes } = await returning(() => undefined)
    expect(outcomes()).toEqual(all('SLUICE_HANDLER_LOST_MESSAGE'))
  })

  test('fewer: those that are missing fail, the others go on', async () => {
    const { outcomes, sink } = await returning((messages) => messages.slice(1))
    expect(outcomes()).toEqual(['0: SLUICE_HANDLER_LOST_MESSAGE', '1: acked', '2: acked'])
    expect(sink.values).toEqual([1, 2])
  })

  test('more, made by `child`: each goes on, and its message has one outcome', async () => {
    const { outcomes, sink } = await returning((messages, { child }) =>
      messages.flatMap((message) => [child(message, 'a'), child(message, 'b')]),
    )
    expect(outcomes()).toEqual(all('acked'))
    expect(sink.values).toEqual(['a', 'b', 'a', 'b', 'a', 'b'])
  })

  test('one twice: nothing of the call goes on', async () => {
    const { outcomes, sink } = await returning((messages) => [...messages, messages[0]])
    expect(outcomes()).toEqual(all('SLUICE_HANDLER_FOREIGN_MESSAGE'))
    expect(sink.values).toEqual([])
  })

  test('one, and the same with other data: nothing of the call goes on', async () => {
    const { outcomes, sink } = await returning((messages) => [...messages, messages[0]!.with('other')])
    expect(outcomes()).toEqual(all('SLUICE_HANDLER_FOREIGN_MESSAGE'))
    expect(sink.values).toEqual([])
  })

  test('a child twice: nothing of the call goes on', async () => {
    const { outcomes, sink } = await returning((messages, { child }) =>
      messages.flatMap((message) => {
        const made = child(message, 'a')
        return [made, made]
      }),
    )
    expect(outcomes()).toEqual(all('SLUICE_HANDLER_FOREIGN_MESSAGE'))
    expect(sink.values).toEqual([])
  })

  test('a message of another pipeline: nothing of the call goes on, and that one is not touched', async () => {
    const other = new Source({ queue: {} })
    const elsewhere = kernel({
      source: { component: other.component },
      sink: { component: stuck, from: ['source'] },
    })
    const [foreign] = other.messages(['foreign'])
    const { outcomes, sink } = await returning((messages) => [...messages, foreign])
    expect(outcomes()).toEqual(all('SLUICE_HANDLER_FOREIGN_MESSAGE'))
    expect(sink.values).toEqual([])
    expect(other.context.emit([foreign!])).toBe(1)
    expect(elsewhere.graph.stats().unacked).toBe(1)
  })

  test('an array with holes, or one that throws when it is looked at: the call fails', async () => {
    const holes = await returning((messages) => Object.assign([...messages], { length: 9 }))
    expect(holes.outcomes()).toEqual(all('SLUICE_HANDLER_BAD_RETURN'))
    const trap = await returning(
      (messages) =>
        new Proxy([...messages], {
          get: (target, name) => (name === 'then' ? undefined : fails(target, name)),
        }),
    )
    expect(trap.outcomes()).toEqual(all('looked at'))
  })
})

describe('what a consumer returns is nobody’s affair', () => {
  test.each([[undefined], [42], [[]], [{}], [[{ data: 1 }]]])('%o', (answer) => {
    const source = new Source({ upTo: 3 })
    const { graph } = kernel({
      source: { component: source.component },
      sink: { component: consumer(() => ({ handle: () => answer })), from: ['source'] },
    })
    expect(source.outcomes).toEqual(all('acked'))
    expect(graph.state).toBe('finished')
  })
})

describe('what a handler does to what it was given', () => {
  test.each(Object.keys(MODES))('%s: the array is a copy, emptying or filling it changes nothing', async (mode) => {
    const source = new Source({ upTo: 3 })
    const emptying = MODES[mode]!((messages) => void ((messages as Message[]).length = 0))
    const { env, graph } = kernel({
      source: { component: source.component },
      sink: {
        component: consumer((context) => ({ handle: (messages) => emptying(messages, context) })),
        from: ['source'],
      },
    })
    await env.advanceAsync(1000)
    expect(source.outcomes).toEqual(all('acked'))
    expect(graph.state).toBe('finished')
  })

  test('headers cannot be changed: the call that tries fails its message', () => {
    const { outcomes } = through(
      stage(() => ({
        map: (value: number, message: Message) => {
          if (value === 1) Object.assign(message.headers, { mine: 'yes' })
          return value
        },
      })),
    )
    const failed = outcomes().filter((outcome) => !outcome.endsWith('acked'))
    expect(failed).toHaveLength(1)
    expect(failed[0]).toMatch(/^1: /)
  })

  test('data that is changed in place is seen by who shares it, and changes no outcome', () => {
    const source = new Source({ queue: {} })
    const sink = new Sink()
    const changing = consumer(() => ({ each: (data: { n: number }) => void data.n++ }))
    const { env } = kernel({
      source: { component: source.component },
      first: { component: changing, from: ['source'] },
      second: { component: sink.component, from: ['source'] },
    })
    source.push({ n: 1 })
    env.run()
    expect(source.receipts.map(({ outcome }) => outcome)).toEqual(['acked'])
    expect(sink.values).toEqual([{ n: 2 }])
  })
})

function fails(..._looked: readonly unknown[]): never {
  throw new Error('looked at')
}
