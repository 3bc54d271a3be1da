import { expect, test } from 'vitest'
import { discarding, kernel, Source } from '../../support/kernel.ts'

const pulling = (handleDemand: (count: number, source: Source) => unknown) => {
  const source = new Source()
  const create = (context: typeof source.context) => {
    source.context = context
    const { settle } = source.component.create(context) as { settle: never }
    return { settle, handleDemand: (count: number) => handleDemand(count, source) }
  }
  const made = kernel({
    source: { component: { ...source.component, create } as typeof source.component },
    sink: { component: discarding, from: [{ from: 'source', demand: { max: 5 } }] },
  })
  return { ...made, source }
}

test('the same message twice, or one of another producer: the pipeline fails, and none is left open', async () => {
  const { source, graph, env } = pulling((_count, given) => {
    const messages = given.messages([1, 2])
    return [...messages, messages[0]]
  })
  env.advance(5000)
  await expect(graph.finishedReport).resolves.toMatchObject({
    outcome: 'failed',
    error: { code: 'SLUICE_HANDLER_FOREIGN_MESSAGE' },
  })
  expect(source.outcomes).toEqual(['1: SLUICE_HANDLER_FOREIGN_MESSAGE', '2: SLUICE_HANDLER_FOREIGN_MESSAGE'])
  expect(graph.stats().unacked).toBe(0)
})
