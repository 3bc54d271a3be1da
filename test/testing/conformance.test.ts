import { afterEach, describe, expect, test } from 'vitest'
import { defineStage } from '../../src/core/component.ts'
import type { ConfiguredStage } from '../../src/core/configured.ts'
import { generate } from '../../src/producers/generate.ts'
import { batch } from '../../src/stages/batch.ts'
import { map } from '../../src/stages/map.ts'
import { conformance, conformanceTests, type Check } from '../../src/testing/index.ts'
import { PLAIN, VALUES, type Sample } from './fakes/fake.ts'
import { CONTRACT_FAKES, leaks, LIFE_FAKES, openFiles } from './fakes/life.ts'
import { CONSUMER_FAKES, MESSAGE_FAKES } from './fakes/messages.ts'
import { PRODUCER_FAKES } from './fakes/producers.ts'
import { DEMAND_FAKES, WAITING_FAKES } from './fakes/waiting.ts'

const FAKES = [
  ...CONTRACT_FAKES,
  ...LIFE_FAKES,
  ...MESSAGE_FAKES,
  ...CONSUMER_FAKES,
  ...DEMAND_FAKES,
  ...WAITING_FAKES,
  ...PRODUCER_FAKES,
]

afterEach(async () => {
  for (const timer of leaks.splice(0)) clearInterval(timer)
  for (const file of openFiles.splice(0)) await file.close()
})

/** The names of the checks that fail, without the rules, and what they say. */
async function failures(checks: readonly Check[]): Promise<Record<string, string>> {
  const failed: Record<string, string> = {}
  for (const { name, run } of checks) {
    try {
      await run()
    } catch (error) {
      failed[name.slice(0, name.lastIndexOf(' ('))] = (error as Error).message
    }
  }
  return failed
}

describe('a component that breaks a rule fails the check of that rule, and no other', () => {
  test.each(FAKES)('$fault', async ({ make, breaks, samples = { values: VALUES } }) => {
    const failed = await failures(conformance(make, samples))
    expect(Object.keys(failed), JSON.stringify(failed, undefined, 2)).toEqual([breaks])
  })
})

const good = (): ConfiguredStage<Sample, number> => map(({ n }: Sample) => n)

/** The claims of all checks of some components, without their rules. */
function claimsOf(...lists: readonly (readonly Check[])[]): Set<string> {
  return new Set(lists.flat().map(({ name }) => name.slice(0, name.lastIndexOf(' ('))))
}

test('there is a fake for every check', () => {
  const all = claimsOf(
    conformance(good(), { values: VALUES }),
    conformance(batch(), { values: VALUES }),
    conformance(generate()),
  )
  expect(all.size).toBeGreaterThan(25)
  expect(claimsOf(FAKES.map(({ breaks }) => ({ name: `${breaks} (`, run: () => Promise.resolve() })))).toEqual(all)
})

test('a check says what the component did, and which rule of which document it is about', async () => {
  const forgetful = defineStage({ ...PLAIN, create: () => ({ handle: () => [] }) })
  const check = conformance(forgetful, { values: VALUES }).find(({ name }) => name === 'forgets no message (A9)')
  await expect(check?.run()).rejects.toMatchObject({
    code: 'SLUICE_TESTING_BREACH',
    message: expect.stringMatching(
      /^5 messages were neither returned, dropped, failed nor held \(.*PROTOCOL\.md/,
    ) as string,
  })
})

test('tests are registered with what `describe` and `test` they are given, one per check', async () => {
  const registered: string[] = []
  const runs: (() => Promise<void>)[] = []
  conformanceTests(
    {
      describe: (name, define) => {
        registered.push(name)
        define()
      },
      test: (name, run) => {
        registered.push(name)
        runs.push(run)
      },
    },
    good(),
    { values: VALUES },
  )
  expect(registered).toEqual([
    'map is a stage that keeps to the contract',
    ...conformance(good(), { values: VALUES }).map(({ name }) => name),
  ])
  await runs[0]!()
})

test('listeners for what escapes are those of before, also when a check has failed', async () => {
  const before = process.rawListeners('unhandledRejection')
  await failures(conformance(FAKES.find(({ fault }) => fault.includes('rejects'))!.make, { values: VALUES }))
  expect(process.rawListeners('unhandledRejection')).toEqual(before)
})

test('a sample that is too small, and what is no component, are told at once', () => {
  expect(() => conformance(good())).toThrow('map is a stage: it needs at least 3 different `values`')
  expect(() => conformance(good(), { values: [1, 1, 1] })).toThrow('at least 3 different')
  expect(() => conformance({} as never)).toThrow('this cannot be tried')
})

test('a component that cannot be opened, or is refused, fails its checks with its own error', async () => {
  const closed = defineStage({
    ...PLAIN,
    create: () => ({ open: () => Promise.reject(new Error('no door')), map: () => 1 }),
  })
  const failed = await failures(conformance(closed, { values: VALUES }))
  expect(failed['forgets no message']).toBe('no door')
  const refused = await failures(conformance(batch({ size: -1 }), { values: VALUES }))
  expect(refused['forgets no message']).toContain('the options of batch: size')
})
