import { describe, expect, test } from 'vitest'
import { placeError, SluiceError } from '../../../src/core/errors.ts'
import type { Message } from '../../../src/core/message.ts'
import { asking, consumer, discarding, kernel, range, Sink, Source, stage } from '../../support/kernel.ts'

const refusedConnection = (): Error => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })

/** A sink that opens only after some tries. */
function opening(error: () => Error, failures: number) {
  const tries: string[] = []
  const sink = new Sink()
  const component = consumer((context) => ({
    ...sink.component.create(context),
    open: () => {
      tries.push('open')
      if (tries.filter((what) => what === 'open').length <= failures) throw error()
    },
    stop: () => void tries.push('stop'),
  }))
  return { component, sink, tries }
}

describe('D14: opening', () => {
  test('D14: a node that cannot reach what it needs is opened again, with pauses, until it can', async () => {
    const { component, sink, tries } = opening(() => new Error('no broker', { cause: refusedConnection() }), 3)
    const { env, graph, started } = kernel({
      source: { component: new Source({ upTo: 3 }).component },
      sink: { component, from: ['source'] },
    })
    expect(graph.state).toBe('starting')
    expect(graph.stats().nodes[1]!.opening).toMatchObject({ attempts: 1, error: 'no broker' })
    env.advance(60_000)
    await started
    expect(tries).toEqual(['open', 'stop', 'open', 'stop', 'open', 'stop', 'open', 'stop'])
    expect(sink.values).toEqual([0, 1, 2])
    expect(graph.stats().nodes[1]!.opening).toBeUndefined()
  })

  test('D14: so is one that says that what it met will pass by itself', async () => {
    const loading = (): Error => new SluiceError('LOADING', 'the server is loading', { kind: 'place', passes: true })
    const { component, tries } = opening(loading, 1)
    const { env, started, graph } = kernel({
      source: { component: new Source({ upTo: 3 }).component },
      sink: { component, from: ['source'] },
    })
    env.advance(10_000)
    await started
    expect(tries).toEqual(['open', 'stop', 'open', 'stop'])
    expect(graph.state).toBe('finished')
  })

  test('D14: what will not pass by itself keeps the pipeline from starting, at once', async () => {
    const { component, tries } = opening(() => placeError('PORT_IN_USE', 'in use'), 1)
    const { started, graph } = kernel({
      source: { component: new Source({ upTo: 3 }).component },
      sink: { component, from: ['source'] },
    })
    await expect(started).rejects.toMatchObject({ code: 'PORT_IN_USE' })
    expect(tries.filter((what) => what === 'open')).toHaveLength(1)
    expect(graph.state).toBe('failed')
  })

  test('D14: a stop while a node waits to be opened again leaves no timer', async () => {
    const { component } = opening(refusedConnection, 100)
    const { env, graph } = kernel({
      source: { component: new Source({ upTo: 3 }).component },
      sink: { component, from: ['source'] },
    })
    const stopped = graph.stop()
    env.advance(1000)
    await env.settle()
    await stopped
    expect(env.timers).toBe(0)
  })
})

describe('D14: a node that throws outside of its handler', () => {
  const throwing = (times: number) => {
    let made = 0
    return stage(({ clock }) => {
      if (made++ < times) {
        clock.after(100, () => {
          throw new Error('in a timer')
        })
      }
      return { map: (n: number) => n }
    })
  }

  function run(times: number) {
    const sink = new Sink()
    const source = new Source({ queue: {} })
    const made = kernel({
      source: { component: source.component },
      stage: { component: throwing(times), from: [asking('source', 10)] },
      sink: { component: sink.component, from: ['stage'] },
    })
    source.push(...range(5))
    return { ...made, source, sink }
  }

  test('D14: is made anew, and nothing is lost', () => {
    const { env, graph, source, sink, log } = run(3)
    env.advance(1000)
    source.push(5)
    env.run()
    expect(graph.state).toBe('running')
    expect(graph.node('stage').counters.restarts).toBe(3)
    expect(sink.values).toEqual(range(6))
    expect(log.filter((line) => line.startsWith('node restarted'))).toHaveLength(3)
  })

  test('D14: not more often than three times in 5 s: then the pipeline fails, and names it', async () => {
    const { env, graph } = run(4)
    env.advance(10_000)
    await expect(graph.finishedReport).resolves.toMatchObject({
      outcome: 'failed',
      node: 'stage',
      error: { code: 'SLUICE_NODE_FAILED', cause: { message: 'in a timer' } },
    })
  })

  test('D14: what it says itself is no accident: the pipeline fails at once', async () => {
    const component = consumer(({ clock }) => {
      clock.after(100, () => {
        throw placeError('READER_GONE', 'the reader has gone', Object.assign(new Error('write'), { code: 'EPIPE' }))
      })
      return { each: () => undefined }
    })
    const { env, graph } = kernel({
      source: { component: new Source({ queue: {} }).component },
      sink: { component, from: ['source'] },
      other: { component: discarding, from: ['source'] },
    })
    env.advance(5000)
    await expect(graph.finishedReport).resolves.toMatchObject({ outcome: 'failed', error: { code: 'READER_GONE' } })
  })

  test.each([
    ['in a flush, which names an outage', 'flush', () => placeError('DOWN', 'down')],
    ['in a flush, whose connection is refused', 'flush', refusedConnection],
    ['in a timer, whose connection is refused', 'timer', refusedConnection],
  ] as const)('D14: what is out of reach %s, is tried again for as long as it takes', async (_where, where, error) => {
    let isDown = true
    const acked: unknown[] = []
    const sync = (held: Message[], ack: (messages: Message[]) => void): void => {
      if (isDown) throw error()
      acked.push(...held.map(({ data }) => data))
      ack(held.splice(0))
    }
    const component = consumer(
      ({ hold, ack, clock }) => {
        const held: Message[] = []
        return {
          handle(messages) {
            hold(messages)
            held.push(...(messages as readonly Message[]))
            if (where === 'timer') clock.after(100, () => sync(held, ack))
          },
          flush: () => sync(held, ack),
        }
      },
      { holds: true },
    )
    const source = new Source({ queue: {} })
    const { env, graph, failures } = kernel({
      source: { component: source.component },
      sink: { component, from: ['source'] },
    })
    source.push(...range(3))
    env.run()
    if (where === 'flush') void graph.flush()
    env.advance(600_000)
    expect(graph.state).toBe('running')
    expect(graph.stats().nodes.find(({ name }) => name === 'sink')!.opening).toMatchObject({ error: error().message })
    isDown = false
    env.advance(20_000)
    expect(failures).toEqual([])
    const flushed = graph.flush()
    env.advance(1000)
    await flushed
    expect(new Set(acked)).toEqual(new Set(range(3)))
  })
})
