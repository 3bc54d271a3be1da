import { expect, test } from 'vitest'
import discard from '../../src/consumers/discard.ts'
import { feed } from '../support/ends.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { line } from '../support/pipeline.ts'

test('discard: acks every message, and its node counts them', () => {
  const env = new ManualEnv()
  const input = feed()
  const { graph } = line([input, { component: discard }], env)
  void graph.start()
  input.push(Array.from({ length: 5000 }, (_, n) => n))
  env.run()
  expect(input.receipts.filter(({ outcome }) => outcome === 'acked')).toHaveLength(5000)
  expect(graph.node('discard').counters.in).toBe(5000)
})
