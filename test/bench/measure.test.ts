import { expect, test } from 'vitest'
import type { Contender } from '../../bench/contract.js'
import { measure } from '../../bench/measure.js'

const result = (n: number): number => (n + 1) * 2
const TINY = { seconds: 0.001, result }

const honest: Contender = (count, consume) => {
  for (let n = 0; n < count; n++) consume(result(n))
  return Promise.resolve(0)
}

test('measure: a run that does its work has no failures', async () => {
  expect(await measure(honest, TINY)).toMatchObject({ failures: 0 })
})

test('measure: the failures of the measured run are counted', async () => {
  const failing: Contender = async (count, consume) => (await honest(count, consume)) + 7
  expect(await measure(failing, TINY)).toMatchObject({ failures: 7 })
})

test('measure: a wrong sum is a failure', async () => {
  const forgetful: Contender = (count, consume) => honest(count - 1, consume)
  expect(await measure(forgetful, TINY)).toMatchObject({ failures: 1 })
})

test('measure: the rate is that of the measured run, which follows growing warm-up runs', async () => {
  const counts: number[] = []
  const counting: Contender = (count, consume) => {
    counts.push(count)
    return honest(count, consume)
  }
  const { rate, cpuRate } = await measure(counting, TINY)
  const warm = counts.slice(0, -1)
  expect(warm.length).toBeGreaterThan(0)
  expect(warm).toEqual(warm.toSorted((a, b) => a - b))
  expect(rate).toBeGreaterThan(0)
  expect(cpuRate).toBeGreaterThan(0)
})
