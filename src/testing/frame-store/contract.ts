import type { Check, TestRegistry } from '../conformance/conformance.ts'
import { OWNING_CLAIMS } from './owning.ts'
import { STORING_CLAIMS } from './storing.ts'
import { Trial, type FrameStorePlace } from './trial.ts'

/** Makes an empty place for each check. */
export type MakePlace = () => FrameStorePlace | Promise<FrameStorePlace>

/**
 * What is asked of a store of frames, as checks that run anywhere. Each has a place of its own, and rejects with
 * SLUICE_TESTING_STORE where the store breaks the contract.
 */
export function frameStoreChecks(makePlace: MakePlace): readonly Check[] {
  return [...STORING_CLAIMS, ...OWNING_CLAIMS].map(({ claim, needs, judge }) => ({
    name: claim,
    run: async () => {
      const trial = new Trial(await makePlace())
      try {
        if (needs === undefined || trial.place[needs] !== undefined) await judge(trial)
      } finally {
        await trial.end()
      }
    },
  }))
}

/**
 * Registers the checks of `frameStoreChecks` as tests:
 *
 *     import { describe, test } from 'vitest'
 *     frameStoreContract({ describe, test }, 'my store', () => ({ store: () => new MyStore(emptyTable()) }))
 */
export function frameStoreContract({ describe, test }: TestRegistry, name: string, makePlace: MakePlace): void {
  describe(`${name} is a store of frames that keeps to the contract`, () => {
    for (const check of frameStoreChecks(makePlace)) test(check.name, () => check.run())
  })
}
