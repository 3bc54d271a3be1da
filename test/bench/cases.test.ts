import { describe, expect, test } from 'vitest'
import { CASES } from '../../bench/cases.js'
import { adder, expectedSum, type Build, type Case, type Loader } from '../../bench/contract.js'
import * as core from '../../src/core/index.ts'
import { start } from '../../src/daemon/start.ts'

/** More than may be unacked in any case, and no multiple of a demand window. */
const COUNT = 12_345

const sources: Build = {
  core,
  start,
  stage: async (name) => (await import(`../../src/stages/${name}.ts`)).default,
  producer: async (name) => (await import(`../../src/producers/${name}.ts`)).default,
  consumer: async (name) => (await import(`../../src/consumers/${name}.ts`)).default,
  overflow: () => import('../../src/overflow/spill/embedded.ts'),
  redisOverflow: () => import('../../src/overflow/redis-store/redis.ts'),
}

async function finishes(load: Loader, { result }: Case): Promise<void> {
  const run = await load(sources)
  const { consume, sum } = adder()
  if ('before' in run) await run.before(COUNT)
  expect(await run(COUNT, consume)).toBe(0)
  expect(sum()).toBe(expectedSum(COUNT, result))
}

describe.each(CASES)('bench: $name', (measured) => {
  test('sluice acks every message and comes to the right sum', () => finishes(measured.sluice, measured))

  test.each(Object.keys(measured.peers))('%s does the same work', (peer) => finishes(measured.peers[peer]!, measured))

  test('every goal is about a peer that is measured', () => {
    for (const peer of Object.keys(measured.goals)) expect(measured.peers).toHaveProperty([peer])
  })
})

test('bench: every case has a name of its own', () => {
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length)
})
