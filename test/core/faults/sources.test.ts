import { describe, expect, test } from 'vitest'
import type { ReceiptProducerHandlers } from '../../../src/core/component.ts'
import { busyError, placeError } from '../../../src/core/errors.ts'
import type { Message } from '../../../src/core/message.ts'
import { ManualEnv } from '../../support/manual-env.ts'
import { discarding, kernel, range, Source } from '../../support/kernel.ts'

/** A pipeline whose producer is asked; `down` is what it throws while it can't reach what it reads from. */
function reading(down: () => unknown) {
  const source = new Source()
  const times: number[] = []
  const state = { isDown: true }
  const env = new ManualEnv()
  const create = (context: typeof source.context) => {
    source.context = context
    const { settle } = source.component.create(context) as Required<ReceiptProducerHandlers>
    const handleDemand = (): Message[] => {
      times.push(env.now())
      if (state.isDown) return down() as Message[]
      context.end()
      return source.messages(range(3))
    }
    return { settle, handleDemand }
  }
  const nodes = {
    source: { component: { ...source.component, create } },
    sink: { component: discarding, from: ['source'] },
  }
  return { ...kernel(nodes, { env }), source, times, state }
}

const throws = (error: Error) => () => {
  throw error
}

describe('a producer that cannot reach what it reads from', () => {
  test.each([
    ['throws an outage', throws(placeError('DOWN', 'down'))],
    ['rejects with one', () => Promise.reject(placeError('DOWN', 'down'))],
    ['throws what a socket gave', throws(Object.assign(new Error('down'), { code: 'ECONNREFUSED' }))],
    [
      'throws what came of that',
      throws(new Error('down', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) })),
    ],
  ])('%s: it is asked again, at most 10 s apart, and its pipeline goes on', async (_name, down) => {
    const { env, graph, times, state, circuits, source } = reading(down)
    await env.advanceAsync(600_000)
    expect(graph.state).toBe('running')
    expect(graph.stats().nodes[0]).toMatchObject({ heldBackBy: 'circuit', circuit: { state: 'open', error: 'down' } })
    const gaps = times.slice(1).map((time, index) => time - times[index]!)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10_000)
    expect(times.length).toBeLessThan(600)
    state.isDown = false
    await env.advanceAsync(10_000)
    expect(source.outcomes).toEqual(range(3).map((n) => `${n}: acked`))
    expect(graph.state).toBe('finished')
    expect(circuits).toEqual(['source opened: down', 'source closed'])
  })

  test('is left alone for as long as it asks for', () => {
    const { env, times } = reading(throws(busyError('BUSY', 'busy', { retryAfterMs: 30_000 })))
    env.advance(29_999)
    expect(times).toHaveLength(1)
    env.advance(1)
    expect(times).toHaveLength(2)
  })

  test('does not keep a stop waiting', async () => {
    const { env, graph } = reading(throws(placeError('DOWN', 'down')))
    env.advance(3000)
    const stopped = graph.stop()
    env.run()
    await expect(stopped).resolves.toMatchObject({ outcome: 'stopped', left: [] })
    expect(env.timers).toBe(0)
  })

  test('may reject a call that the stop has aborted: nothing has failed', async () => {
    const source = new Source()
    const handleDemand = (_count: number, { signal }: { signal: AbortSignal }) =>
      new Promise<Message[]>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
    const { graph, env } = kernel({
      source: { component: { ...source.component, create: () => ({ handleDemand }) } },
      sink: { component: discarding, from: ['source'] },
    })
    const stopped = graph.stop()
    await env.advanceAsync(1)
    await expect(stopped).resolves.toMatchObject({ outcome: 'stopped', error: undefined })
  })
})
