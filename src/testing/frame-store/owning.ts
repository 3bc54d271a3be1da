import type { Settled, StoredRange } from '../../core/overflow-store.ts'
import type { FrameStore, StoredSettled } from '../../overflow/spill/frame-store.ts'
import type { Claim } from './storing.ts'
import { breach, countOf, numbered, outcomeOf, sampleFrames, type Trial } from './trial.ts'

/** In which an owner that isn't refused would have the place; ms of the real clock. */
const SHORT_MS = 100
const LONG_MS = 5_000
/** More than any store has room to write down. */
const MANY_RANGES = 50_000
const ALIKE: Settled = { below: 3, above: [{ from: 5, to: 7 }], parts: 9 }

/** What is settled, and who has the store. */
export const OWNING_CLAIMS: readonly Claim[] = [
  {
    claim: 'knows what was committed last when it is opened again',
    judge: async (trial) => {
      let store = await trial.open()
      await trial.append(store, sampleFrames(6))
      for (const settled of [{ below: 2, above: [], parts: 1 }, ALIKE]) {
        await store.commit(settled)
        await trial.close(store)
        store = trial.place.store()
        const found = await store.open({ onOwnerLost: () => undefined })
        await expectSettled(trial, { store, found, settled })
      }
      await trial.close(store)
    },
  },
  {
    claim: 'never forgets the prefix that is settled, however many gaps there are above',
    judge: async (trial) => {
      const store = await trial.open()
      await trial.append(store, [{ payload: Buffer.from('many'), count: 3 * MANY_RANGES }])
      const above = Array.from({ length: MANY_RANGES }, (_, at) => ({ from: 3 * at + 5, to: 3 * at + 6 }))
      const settled = { below: 4, above: above.slice(0, -2), parts: 7 }
      await store.commit(settled)
      await trial.close(store)
      const again = trial.place.store()
      const found = await again.open({ onOwnerLost: () => undefined })
      await trial.close(again)
      if (found?.below !== 4) breach(`it says that what is below ${found?.below} is settled, not 4`)
      const parts = found.above.length < settled.above.length ? undefined : settled.parts
      if (found.parts !== parts) breach(`it says that ${found.parts} parts are settled, not ${parts}, as it knows`)
      const given = new Set(settled.above.map(keyOf))
      if (!found.above.every((range) => given.has(keyOf(range))))
        breach('it says that something is settled that is not')
    },
  },
  {
    claim: 'gives room back for what is settled, calls none of it lost, and uses no number twice',
    judge: async (trial) => {
      const frames = sampleFrames(100, { bytes: 16_384 })
      let store = await trial.open()
      for (let at = 0; at < frames.length; at += 20) await trial.append(store, frames.slice(at, at + 20))
      const { next, bytes } = store
      const stored = 100 * 16_384
      if (bytes < stored) breach(`it takes ${bytes} bytes by its \`bytes\`, and has frames of ${stored}`)
      await store.commit({ below: next, above: [], parts: countOf(frames) })
      store = await trial.change(store)
      if (store.next !== next) breach(`its next number was ${next}, and is ${store.next} when all is settled`)
      if (store.bytes > bytes / 2) breach(`of ${bytes} bytes it takes ${store.bytes} when all is settled`)
      const { lost } = await trial.contentOf(store)
      if (lost.length > 0) breach('what was settled and given back is called lost')
    },
  },
  {
    claim: 'keeps what is above the settled prefix',
    judge: async (trial) => {
      const frames = numbered(sampleFrames(60, { bytes: 8192 }))
      const store = await trial.open()
      await trial.append(store, frames)
      const below = frames[40]!.number
      await store.commit({ below, above: [], parts: below - 1 })
      await trial.expectContent(store, frames.slice(40), below)
      await trial.expectContent(await trial.change(store), frames.slice(40), below)
    },
  },
  {
    claim: 'has one owner: another one is refused or waits, and gets it when the first has left',
    judge: async (trial) => {
      const first = await trial.open()
      await trial.append(first, sampleFrames(2))
      const second = trial.place.store()
      const opening = second.open({ onOwnerLost: () => undefined })
      const early = await outcomeOf(opening, SHORT_MS)
      if (early === 'resolved') {
        await trial.close(second)
        breach('two have it open at once')
      }
      await trial.append(first, sampleFrames(1, { seed: 1 }))
      await trial.close(first)
      if (early instanceof Error) await trial.reopen(second)
      else if ((await outcomeOf(opening, LONG_MS)) !== 'resolved') breach('the second owner never gets it')
      await trial.expectContent(second, numbered([...sampleFrames(2), ...sampleFrames(1, { seed: 1 })]))
      await trial.close(second)
    },
  },
  {
    claim: 'takes nothing once it is closed, which may be said twice, until it is opened again',
    judge: async (trial) => {
      const store = await trial.open()
      await trial.append(store, sampleFrames(1))
      const { next } = store
      await trial.close(store)
      await store.close()
      for (const [what, call] of [
        ['appended', async () => store.append(next, sampleFrames(1, { seed: 1 }))],
        ['read', async () => store.read(1, 1000)],
        ['committed', async () => store.commit({ below: 2, above: [], parts: 1 })],
      ] as const) {
        if ((await outcomeOf(call(), LONG_MS)) === 'resolved') breach(`it was closed, and ${what} something`)
      }
      await trial.reopen(store)
      await trial.expectContent(store, numbered(sampleFrames(1)))
    },
  },
  {
    claim: 'closes when what is under way is confirmed or refused',
    judge: async (trial) => {
      const frames = sampleFrames(3, { bytes: 20_000 })
      const settled = { below: 2, above: [], parts: 1 }
      const store = await trial.open()
      await trial.append(store, frames.slice(0, 1))
      const calls = [store.append(store.next, frames.slice(1)), store.commit(settled)]
      const known = calls.map((call) => call.catch(() => undefined))
      await trial.close(store)
      if ((await outcomeOf(Promise.all(known), SHORT_MS)) === undefined)
        breach('it was closed, and an append or a commit had neither succeeded nor failed')
      const [appended, committed] = await Promise.all(calls.map((call) => outcomeOf(call, SHORT_MS)))
      const again = trial.place.store()
      const found = await again.open({ onOwnerLost: () => undefined })
      if (committed === 'resolved') await expectSettled(trial, { store: again, found, settled })
      if (appended === 'resolved') await trial.expectContent(again, numbered(frames).slice(1), 2)
      await trial.close(again)
    },
  },
  {
    claim: 'has all that was confirmed, and what was committed, after a crash',
    needs: 'crash',
    judge: async (trial) => {
      const frames = sampleFrames(6)
      const store = await trial.open()
      await trial.append(store, frames.slice(0, 3))
      await store.commit(ALIKE)
      await trial.append(store, frames.slice(3))
      await trial.crash(store)
      const again = trial.place.store()
      const found = await again.open({ onOwnerLost: () => undefined })
      await expectSettled(trial, { store: again, found, settled: ALIKE })
      await trial.expectContent(again, numbered(frames).slice(1), ALIKE.below)
      await trial.append(again, sampleFrames(1, { seed: 1 }))
      await trial.close(again)
    },
  },
]

const text = ({ below, above, parts }: StoredSettled): string => `${below} [${above.map(keyOf).join()}] ${parts}`
const keyOf = ({ from, to }: StoredRange): string => `${from}-${to}`

async function expectSettled(
  trial: Trial,
  { store, found, settled }: { store: FrameStore; found: StoredSettled | undefined; settled: Settled },
): Promise<void> {
  if (found !== undefined && text(found) === text(settled)) return
  await trial.close(store)
  breach(`committed was ${text(settled)}, and it says ${found === undefined ? 'nothing' : text(found)}`)
}
