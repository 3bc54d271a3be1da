import { describe, expect, test } from 'vitest'
import batch from '../../src/stages/batch.ts'
import map from '../../src/stages/map.ts'
import unbatch from '../../src/stages/unbatch.ts'
import { collect, feed } from '../support/ends.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { line, type Part } from '../support/pipeline.ts'

function run(values: readonly unknown[], middle: readonly Part[]) {
  const env = new ManualEnv()
  const input = feed()
  const output = collect()
  const { graph, failures } = line([input, ...middle, { component: unbatch }, output], env)
  void graph.start()
  input.push(values)
  env.run()
  return { input, output, failures }
}

const pairs: Part = { component: batch, options: { size: 2 } }

describe('unbatch', () => {
  test('gives the messages of a batch back, in order, each with its own outcome', () => {
    const { input, output } = run([1, 2, 3, 4], [pairs])
    expect(output.values).toEqual([1, 2, 3, 4])
    expect(input.outcomes).toEqual(['1: acked', '2: acked', '3: acked', '4: acked'])
  })

  test('a batch whose number of values was changed fails, and says what came back', () => {
    const short: Part = { component: map, options: { to: (values: readonly number[]) => values.slice(1) } }
    const { failures, output } = run([1, 2], [pairs, short])
    expect(output.values).toEqual([])
    expect(failures).toEqual(['unbatch: SLUICE_BATCH_LENGTH'])
  })

  test('an array that came as one message is no batch: it fails, and the hint names flat-map', () => {
    const { input, failures } = run([[1, 2]], [])
    expect(input.outcomes).toEqual(['[1,2]: SLUICE_NOT_A_BATCH'])
    expect(failures).toEqual(['unbatch: SLUICE_NOT_A_BATCH'])
  })
})
