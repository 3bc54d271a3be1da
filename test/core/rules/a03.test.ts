import { describe, expect, test } from 'vitest'
import type { OnFailure } from '../../../src/core/spec.ts'
import { consumer, discarding, kernel, Sink, Source, stage } from '../../support/kernel.ts'

const throwing = (name: 'map' | 'filter' | 'flatMap') =>
  stage(
    () =>
      ({
        [name]: (n: number) => {
          if (n === 1) throw new Error('one')
          return name === 'flatMap' ? [n] : n + 1
        },
      }) as never,
  )

function failing(onFailure: OnFailure) {
  const source = new Source({ upTo: 3 })
  const sink = new Sink()
  const made = kernel({
    source: { component: source.component },
    picky: { component: throwing('map'), from: ['source'], settings: { onFailure } },
    sink: { component: sink.component, from: ['picky'] },
  })
  return { ...made, source, sink }
}

describe('A3: a throw fails its message', () => {
  test.each(['map', 'filter', 'flatMap'] as const)(
    'A3: a throw of `%s` fails the message that it was given, and no other',
    (name) => {
      const source = new Source({ upTo: 3 })
      const { graph, failures } = kernel({
        source: { component: source.component },
        picky: { component: throwing(name), from: ['source'] },
        sink: { component: discarding, from: ['picky'] },
      })
      expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: one', '2: acked'])
      expect(failures).toEqual(['picky: one'])
      expect(graph.node('picky').counters.failed).toBe(1)
      expect(graph.state).toBe('finished')
    },
  )

  test('A3: a throw of `each` does as well, a throw of `handle` fails its whole call', () => {
    const each = new Source({ upTo: 2 })
    const handle = new Source({ upTo: 2 })
    kernel({
      each: { component: each.component },
      handle: { component: handle.component },
      one: {
        component: consumer(() => ({
          each: (n: number) => {
            if (n === 0) throw new Error('zero')
          },
        })),
        from: ['each'],
      },
      two: {
        component: consumer(() => ({
          handle: () => {
            throw new Error('all')
          },
        })),
        from: ['handle'],
      },
    })
    expect(each.outcomes.toSorted()).toEqual(['0: zero', '1: acked'])
    expect(handle.outcomes).toEqual(['0: all', '1: all'])
  })

  test('A3: `origin`, the default: the producer is told, the pipeline goes on', () => {
    const { source, sink, graph } = failing('origin')
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: one', '2: acked'])
    expect(sink.values).toEqual([1, 3])
    expect(graph.state).toBe('finished')
  })

  test('A3: `drop`: acked, and counted as dropped after failure', () => {
    const { source, graph, failures } = failing('drop')
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: acked', '2: acked'])
    expect(source.receipts.find(({ reason }) => reason !== undefined)).toMatchObject({
      outcome: 'acked',
      reason: 'failed',
    })
    expect(graph.stats().nodes[1]!.dropped).toEqual({ failed: 1 })
    expect(failures).toEqual([])
  })

  test('A3: `stop`: the pipeline fails, with that error and the node', async () => {
    const { graph, env } = failing('stop')
    env.run()
    await expect(graph.finishedReport).resolves.toMatchObject({
      outcome: 'failed',
      node: 'picky',
      error: expect.objectContaining({ message: 'one' }),
    })
    expect(graph.state).toBe('failed')
  })
})

describe('A4: a failure goes back to who made the message', () => {
  test('A4: each producer is told of its own messages, over a fan-in', () => {
    const one = new Source({ queue: {}, details: (value) => ({ position: `one-${String(value)}` }) })
    const two = new Source({ queue: {} })
    const { env } = kernel({
      one: { component: one.component },
      two: { component: two.component },
      picky: { component: throwing('map'), from: ['one', 'two'] },
      sink: { component: discarding, from: ['picky'] },
    })
    one.push(1, 2)
    two.push(1)
    env.run()
    expect(one.outcomes.toSorted()).toEqual(['1: one', '2: acked'])
    expect(two.outcomes).toEqual(['1: one'])
    expect(one.receipts.map(({ message }) => message.id).toSorted()).toEqual(['one:one-1', 'one:one-2'])
  })

  test('A4: a producer that delivers again on failure does so in order, from the position that failed', () => {
    const attempts: number[] = []
    let isDown = true
    const source = new Source()
    const lines = ['a', 'b', 'c', 'd']
    let position = 0
    const component = {
      ...source.component,
      outcomes: false as const,
      create: (context: typeof source.context) => ({
        handleDemand: (count: number) => {
          const given = lines
            .slice(position, position + count)
            .map((line, index) => context.message(line, { position: `${position + index}` }))
          position += given.length
          return given
        },
        settle: (acked: readonly { data: unknown }[], failed: readonly { data: unknown }[]) => {
          if (failed.length > 0) position = lines.indexOf(failed[0]!.data as string)
          else if (acked.at(-1)?.data === 'd') context.end()
        },
      }),
    }
    const seen: string[] = []
    const flaky = consumer(({ fail }) => ({
      handle: (messages) => {
        attempts.push(messages.length)
        if (isDown) {
          isDown = false
          for (const message of messages) fail(message, new Error('refused'))
          return
        }
        for (const { id, data } of messages as readonly { id: string; data: unknown }[])
          seen.push(`${id} ${String(data)}`)
      },
    }))
    const { graph } = kernel({ source: { component }, sink: { component: flaky, from: ['source'] } })
    expect(seen).toEqual(['source:0 a', 'source:1 b', 'source:2 c', 'source:3 d'])
    expect(attempts).toEqual([4, 4])
    expect(graph.state).toBe('finished')
  })
})
