import { expect, test } from 'vitest'
import { pairsIn } from '../../src/config/pairs.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { pathOf, specOf } from './loading.ts'

const registry = createRegistry()

async function pairsOf(producer: string, consumer: string): Promise<unknown> {
  const text = `pipeline: p\nproducers:\n  in: { ${producer} }\nconsumers:\n  out: { from: in, ${consumer} }\n`
  return pairsIn(await specOf(text, { registry })).map(({ name, store: { folder, limitBytes } }) => [
    name,
    folder,
    limitBytes,
  ])
}

test('the pairs of a pipeline are those that it fills or drains, each once, as whoever fills it has it', async () => {
  const place = pathOf('.sluice/overflow.orders')
  const [filled, drained] = ['overflow: { name: orders, limit: 1GiB }', 'overflow: { name: orders }']
  expect(await pairsOf('generate: {}', filled)).toEqual([['orders', place, 1024 ** 3]])
  expect(await pairsOf(drained, 'discard: {}')).toEqual([['orders', place, 10 * 1024 ** 3]])
  expect(await pairsOf(drained, filled)).toEqual([['orders', place, 1024 ** 3]])
  expect(await pairsOf(drained, 'overflow: { name: other }')).toHaveLength(2)
  expect(await pairsOf('generate: {}', 'discard: {}, overflow: true')).toEqual([])
})
