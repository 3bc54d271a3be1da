import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineProducer, type ProducerContext, type Receipt } from '../../src/core/component.ts'
import { collect } from '../support/ends.ts'
import { line } from '../support/pipeline.ts'

/** Gives 1 and 3, and fails 2, which it has made and can't give. */
function failing(receipts: Receipt[]) {
  let kept: ProducerContext | undefined
  const component = defineProducer({
    name: 'failing',
    summary: 'Fails a message.',
    options: z.strictObject({}),
    outcomes: true,
    create: (_options, context) => {
      kept = context
      const { message, fail, end } = context
      return {
        handleDemand: () => {
          const [one, two, three] = [message(1), message(2), message(3)]
          fail(two, new Error('two is broken'))
          end()
          return [one, three]
        },
        settle: (told) => void receipts.push(...told),
      }
    },
  })
  return { component, late: () => kept!.fail(kept!.message(4), new Error('too late')) }
}

test('a producer fails a message that it has made and does not give: it is counted, told, and goes nowhere', async () => {
  const receipts: Receipt[] = []
  const { component, late } = failing(receipts)
  const sink = collect()
  const { graph, failures } = line([{ component }, sink])
  await graph.start()
  expect((await graph.finishedReport).outcome).toBe('finished')
  expect(sink.values).toEqual([1, 3])
  expect(failures).toEqual(['failing: two is broken'])
  expect(receipts.map(({ message, outcome }) => [message.data, outcome])).toEqual(
    expect.arrayContaining([
      [1, 'acked'],
      [2, 'failed'],
      [3, 'acked'],
    ]),
  )
  expect(graph.stats()).toMatchObject({ admitted: 3, acked: 2, failed: 1, unacked: 0 })
  late()
  expect(graph.stats()).toMatchObject({ admitted: 3, failed: 1 })
})

test('with `onFailure: drop` it is acked', async () => {
  const receipts: Receipt[] = []
  const { component } = failing(receipts)
  const { graph } = line([{ component, settings: { onFailure: 'drop' } }, collect()])
  await graph.start()
  await graph.finishedReport
  expect(receipts).toContainEqual(expect.objectContaining({ outcome: 'acked', reason: 'failed' }))
})
