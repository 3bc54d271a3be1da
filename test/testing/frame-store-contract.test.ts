import { describe, expect, test } from 'vitest'
import { frameStoreChecks, frameStoreContract, type FrameStore } from '../../src/testing/index.ts'
import { OWNING_FAKES } from './fakes/frame-store-owners.ts'
import { STORING_FAKES } from './fakes/frame-stores.ts'
import { MemoryPlace } from './fakes/memory-frames.ts'

const FAKE_STORES = [...STORING_FAKES, ...OWNING_FAKES]

/** The names of the checks that fail, and what they say. */
async function failures(makeStore: (place: MemoryPlace) => FrameStore): Promise<Record<string, string>> {
  const failed: Record<string, string> = {}
  const checks = frameStoreChecks(() => {
    const place = new MemoryPlace()
    return { store: () => makeStore(place), crash: () => place.crash(), fail: (isFailing) => place.fail(isFailing) }
  })
  for (const { name, run } of checks) {
    try {
      await run()
    } catch (error) {
      failed[name] = (error as Error).message
    }
  }
  return failed
}

frameStoreContract({ describe, test }, 'a store in memory', () => new MemoryPlace())

describe('a store that breaks a rule fails the check of that rule', () => {
  test.each(FAKE_STORES)('$fault', async ({ breaks, store: Fake }) => {
    const failed = await failures((place) => new Fake(place))
    expect(Object.keys(failed), JSON.stringify(failed, undefined, 2)).toEqual(expect.arrayContaining([...breaks]))
  })
})

test('there is a fake for every check', () => {
  const names = frameStoreChecks(() => new MemoryPlace()).map(({ name }) => name)
  expect(names.filter((name) => !FAKE_STORES.some(({ breaks }) => breaks.includes(name)))).toEqual([])
})

test('a breach says what the store did, with a code', async () => {
  const [fake] = FAKE_STORES
  const place = new MemoryPlace()
  const [check] = frameStoreChecks(() => ({ store: () => new fake!.store(place) }))
  await expect(check!.run()).rejects.toMatchObject({
    code: 'SLUICE_TESTING_STORE',
    message: expect.stringMatching(/^its next number is 0/) as string,
  })
})
