import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { asking, codeOf, kernel, range, Source, stuck } from '../../support/kernel.ts'
import { fails, producing, type Handlers } from './producing.ts'
import { thenable } from './shapes.ts'

/** Answers once, then ends. */
const once = (answer: (source: Source, asked: number) => unknown) => (source: Source) => {
  let isOver = false
  return {
    handleDemand: (asked: number) => {
      if (isOver) return source.context.end()
      isOver = true
      return answer(source, asked)
    },
  }
}

/** A message of a producer that has nothing to do with this one. */
function foreignMessage(): Message {
  const other = new Source({ queue: {} })
  kernel({ source: { component: other.component }, sink: { component: stuck, from: ['source'] } })
  return other.messages(['foreign'])[0]!
}

describe('a producer that gives what it should not', () => {
  test('without demand: what it emits waits in its queue, and all of it arrives', () => {
    const { source, graph } = producing(once((given) => void given.push(...range(50))))
    expect(source.outcomes).toEqual(range(50).map((n) => `${n}: acked`))
    expect(graph.state).toBe('finished')
  })

  test('after its end: not taken; what it gives with its end is', () => {
    let taken: number | undefined
    const { source, graph } = producing((given) => ({
      handleDemand: () => {
        given.context.end()
        taken = given.push('after')
        return given.messages(['with'])
      },
    }))
    expect(taken).toBe(0)
    expect(source.outcomes).toEqual(['"with": acked'])
    expect(graph.state).toBe('finished')
  })

  test('an end that comes while an answer is awaited: the answer is taken', () => {
    const answer = new Deferred()
    const { source, graph, env } = producing((given) => ({
      handleDemand: () => {
        given.context.end()
        return answer
      },
    }))
    env.run()
    expect(graph.state).toBe('running')
    answer.resolve(source.messages([1, 2]))
    env.run()
    expect(source.outcomes).toEqual(['1: acked', '2: acked'])
    expect(graph.state).toBe('finished')
  })

  test('two ends, or one before it is open, are one', () => {
    const { source, graph } = producing((given) => ({
      handleDemand: () => {
        given.context.end()
        given.context.end()
        return given.messages([1])
      },
    }))
    expect([source.outcomes, graph.state]).toEqual([['1: acked'], 'finished'])
    const early = producing((given) => {
      given.context.end()
      return { handleDemand: fails }
    })
    expect(early.graph.state).toBe('finished')
  })

  test('an answer twice counts once', () => {
    let asked = 0
    const { source } = producing((given) => ({
      handleDemand: () => {
        if (asked++ > 0) return given.context.end()
        const answer = given.messages([1, 2])
        return thenable((resolved) => {
          resolved(answer)
          resolved(answer)
        })
      },
    }))
    expect(source.outcomes).toEqual(['1: acked', '2: acked'])
  })

  test.each([
    ['the same message in two answers', sameTwice, ['1: acked']],
    ['a message of another producer', withForeign, ['1: SLUICE_HANDLER_FOREIGN_MESSAGE']],
    ['an array with holes', withHoles, ['1: SLUICE_HANDLER_FOREIGN_MESSAGE']],
  ])('%s: the pipeline fails, and what is its own has one outcome', async (_name, handlers, outcomes) => {
    const { source, graph, env } = producing(handlers)
    await env.advanceAsync(5000)
    await expect(graph.finishedReport).resolves.toMatchObject({
      outcome: 'failed',
      node: 'source',
      error: { code: 'SLUICE_HANDLER_FOREIGN_MESSAGE' },
    })
    expect(source.outcomes).toEqual(outcomes)
    expect(graph.stats().unacked).toBe(0)
  })

  test('what it emits that is not its own, or was emitted before, is refused where it emits; it goes on', () => {
    const codes: string[] = []
    const refusal = (act: () => unknown): void => {
      try {
        act()
      } catch (error) {
        codes.push(codeOf(error))
      }
    }
    const { source, graph } = producing(
      once((given) => {
        const [message] = given.messages([1])
        given.context.emit([message!])
        refusal(() => given.context.emit([message!]))
        refusal(() => given.context.emit([foreignMessage()]))
      }),
    )
    expect(codes).toEqual(['SLUICE_HANDLER_FOREIGN_MESSAGE', 'SLUICE_HANDLER_FOREIGN_MESSAGE'])
    expect(source.outcomes).toEqual(['1: acked'])
    expect(graph.state).toBe('finished')
  })

  test('without end: no more than `maxUnacked` is taken, and what is refused is told', () => {
    const source = new Source({ queue: {} })
    const { env, graph } = kernel({
      source: { component: source.component, settings: { maxUnacked: { parts: 100 } } },
      sink: { component: stuck, from: [asking('source', 5)] },
    })
    let taken = 0
    for (let n = 0; n < 1000; n++) {
      taken += source.push(n)
      env.run()
    }
    expect(taken).toBe(100)
    expect(graph.stats().unacked).toBe(100)
  })
})

function sameTwice(source: Source): Handlers {
  let answer: Message[] | undefined
  return { handleDemand: () => [...(answer ??= source.messages([1]))] }
}

function withForeign(source: Source): Handlers {
  return once((given) => [...given.messages([1]), foreignMessage()])(source)
}

function withHoles(source: Source): Handlers {
  return once((given) => Object.assign(given.messages([1]), { length: 3 }))(source)
}
