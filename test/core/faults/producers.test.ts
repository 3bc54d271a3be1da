import { describe, expect, test } from 'vitest'
import type { ReceiptProducerHandlers } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import { discarding, kernel, range, Source } from '../../support/kernel.ts'

const fails = (): never => {
  throw new Error('broken')
}

describe('what a producer may do wrong', () => {
  const pulling = (handleDemand: (count: number, source: Source) => unknown) => {
    const source = new Source()
    const create = (context: typeof source.context) => {
      source.context = context
      const { settle } = source.component.create(context) as Required<ReceiptProducerHandlers>
      return { settle, handleDemand: (count: number) => handleDemand(count, source) as Message[] }
    }
    const made = kernel({
      source: { component: { ...source.component, create } },
      sink: { component: discarding, from: [{ from: 'source', demand: { max: 5 } }] },
    })
    return { ...made, source }
  }

  test.each([
    ['throws', fails],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('`handleDemand` that %s: the pipeline fails', async (_name, handleDemand) => {
    const { graph, env } = pulling(handleDemand)
    await env.advanceAsync(5000)
    await expect(graph.finishedReport).resolves.toMatchObject({
      outcome: 'failed',
      node: 'source',
      error: { message: 'broken' },
    })
  })

  test('more than was asked for is accepted, and all of it arrives', () => {
    let isOver = false
    const { source, graph } = pulling((_count, given) => {
      if (isOver) return given.context.end()
      isOver = true
      return given.messages(range(23))
    })
    expect(source.outcomes).toEqual(range(23).map((n) => `${n}: acked`))
    expect(graph.state).toBe('finished')
  })

  test('an answer that is no array is an empty one', () => {
    const { source, graph } = pulling((_count, given) => {
      given.context.end()
      return 'junk'
    })
    expect(source.outcomes).toEqual([])
    expect(graph.state).toBe('finished')
  })

  test('what is emitted before it is open, after `end` or after a stop is not taken', async () => {
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: discarding, from: ['source'] },
    })
    expect(source.push(1)).toBe(1)
    const stopped = graph.stop()
    expect(source.push(2)).toBe(0)
    env.run()
    await stopped
    expect(source.push(3)).toBe(0)
    expect(source.outcomes).toEqual(['1: acked'])
  })
})
