import type { FrameStore } from '../../overflow/spill/frame-store.ts'
import { breach, countOf, expectFrames, numbered, outcomeOf, sampleFrames, type Trial } from './trial.ts'

/** One thing that is asked of a store. */
export interface Claim {
  readonly claim: string
  /** What the place has to offer for it; where it doesn't, nothing is checked. */
  readonly needs?: 'crash' | 'fail'
  judge(trial: Trial): Promise<void>
}

const LARGE_BYTES = 2 * 1024 ** 2
const MANY_FRAMES = 3000
const FRAMES_PER_CALL = 100
/** In which a call that doesn't wait for anything has come back; ms of the real clock. */
const LONG_MS = 5_000

/** What is appended and read again. */
export const STORING_CLAIMS: readonly Claim[] = [
  {
    claim: 'is empty at first: the next number is 1, nothing is committed, and nothing is lost',
    judge: async (trial) => {
      const store = trial.place.store()
      const settled = await store.open({ onOwnerLost: () => undefined })
      try {
        if (settled !== undefined && (settled.below !== 1 || settled.above.length > 0 || settled.parts !== 0))
          breach(`it says that something is settled below ${settled.below}`)
        if (store.next !== 1) breach(`its next number is ${store.next}`)
        await trial.expectContent(store, [])
      } finally {
        await trial.close(store)
      }
    },
  },
  {
    claim: 'gives each message a number, counted up from 1, also after it was opened again',
    judge: async (trial) => {
      const [first, second] = [sampleFrames(4), sampleFrames(3, { seed: 1 })]
      const store = await trial.open()
      await trial.append(store, first)
      const again = await trial.change(store)
      if (again.next !== 1 + countOf(first))
        breach(`opened again, its next number is ${again.next}, not ${1 + countOf(first)}`)
      await trial.append(again, second)
      const { frames } = await trial.contentOf(again)
      const numbers = numbered([...first, ...second]).map(({ number }) => number)
      if (frames.map(({ number }) => number).join() !== numbers.join())
        breach(`the frames begin at ${frames.map(({ number }) => number).join()}, not at ${numbers.join()}`)
    },
  },
  {
    claim: 'gives frames back in order and byte by byte, to whoever appended them and to the next owner',
    judge: async (trial) => {
      const all = [{ payload: Uint8Array.from({ length: 256 }, (_, byte) => byte), count: 2 }, ...sampleFrames(5)]
      const store = await trial.open()
      await trial.append(store, all.slice(0, 2))
      await trial.append(store, all.slice(2))
      await trial.expectContent(store, numbered(all))
      await trial.expectContent(await trial.change(store), numbered(all))
    },
  },
  {
    claim: 'reads from any number on: the first frame is the one that holds it',
    judge: async (trial) => {
      const frames = numbered(sampleFrames(6))
      const store = await trial.open()
      await trial.append(store, frames)
      for (let from = store.next; from >= 1; from--) {
        const expected = frames.filter(({ number, count }) => number + count > from)
        expectFrames((await trial.contentOf(store, from)).frames, expected)
      }
    },
  },
  {
    claim: 'reads no more bytes at once than it is asked for, but a frame at least',
    judge: async (trial) => {
      const frames = sampleFrames(6, { bytes: 1000 })
      const store = await trial.open()
      await trial.append(store, frames)
      for (const [mostBytes, most] of [
        [1, 1],
        [2500, 2],
        [100_000, 6],
      ] as const) {
        const { frames: found, next } = await store.read(1, mostBytes)
        if (found.length === 0 || found.length > most)
          breach(`asked for ${mostBytes} bytes it gave ${found.length} frames of 1000`)
        if (next !== 1 + countOf(found)) breach(`behind ${found.length} frames it says to go on at ${next}`)
      }
    },
  },
  {
    claim: 'reads nothing at its end, and goes on when there is more',
    judge: async (trial) => {
      const store = await trial.open()
      await trial.append(store, sampleFrames(2))
      const { next } = store
      const chunk = await store.read(next, 1000)
      if (chunk.frames.length + chunk.lost.length > 0 || chunk.next !== next) breach('it reads something at its end')
      const more = sampleFrames(2, { seed: 1 })
      await trial.append(store, more)
      await trial.expectContent(store, numbered(more, next), next)
    },
  },
  {
    claim: 'reads nothing that is not confirmed',
    judge: async (trial) => {
      const store = await trial.open()
      await trial.append(store, sampleFrames(1))
      const { next } = store
      const appending = store.append(next, sampleFrames(3, { seed: 1, bytes: 10_000 }))
      const { frames } = await store.read(next, LARGE_BYTES)
      const isConfirmed = frames.every(({ number, count }) => number + count <= store.next)
      await appending
      if (!isConfirmed) breach('it gave a frame away whose append was still under way')
    },
  },
  {
    claim: 'takes large frames, and many',
    judge: async (trial) => {
      const store = await trial.open()
      const large = sampleFrames(1, { bytes: Math.min(LARGE_BYTES, store.mostFrameBytes) })
      await trial.append(store, large)
      const many = sampleFrames(MANY_FRAMES, { seed: 1 })
      for (let at = 0; at < many.length; at += FRAMES_PER_CALL)
        await trial.append(store, many.slice(at, at + FRAMES_PER_CALL))
      const expected = numbered([...large, ...many])
      expectFrames((await trial.contentOf(store, 1, 10_000)).frames, expected)
      expectFrames((await trial.contentOf(await trial.change(store), 1, LARGE_BYTES)).frames, expected)
    },
  },
  {
    claim: 'has frames once that are appended again with their number',
    judge: async (trial) => {
      const [first, second] = [sampleFrames(3), sampleFrames(3, { seed: 1 })]
      const store = await trial.open()
      await trial.append(store, first)
      const number = store.next
      await trial.append(store, second)
      await store.append(number, second)
      await trial.expectContent(store, numbered([...first, ...second]))
      await trial.append(store, sampleFrames(1, { seed: 2 }))
    },
  },
  {
    claim: 'refuses frames at a number that is not the next one, and stays as it is',
    judge: async (trial) => {
      const frames = sampleFrames(4)
      const store = await trial.open()
      await trial.append(store, frames)
      const strangers = sampleFrames(2, { seed: 1 })
      for (const number of [store.next + 1, store.next - 1, 1]) {
        const outcome = await outcomeOf(store.append(number, strangers), LONG_MS)
        if (outcome === 'resolved') breach(`it took frames at ${number} when the next number was ${store.next}`)
        if (outcome === undefined) breach(`it does not say whether it takes frames at ${number}`)
      }
      await trial.expectContent(store, numbered(frames))
    },
  },
  {
    claim: 'stores all frames of a call or none, and takes them when the place works again',
    needs: 'fail',
    judge: async (trial) => {
      const [first, second] = [sampleFrames(2), sampleFrames(5, { seed: 1, bytes: 5000 })]
      const store = await trial.open()
      await trial.append(store, first)
      const { next } = store
      await trial.place.fail!(true)
      const outcome = await outcomeOf(store.append(next, second), LONG_MS)
      await trial.place.fail!(false)
      if (!(outcome instanceof Error)) breach('an append to a place that fails was not refused')
      await checkNone(trial, { store, next })
      await store.append(next, second)
      await trial.expectContent(store, numbered([...first, ...second]))
      await trial.expectContent(await trial.change(store), numbered([...first, ...second]))
    },
  },
]

/** What was refused isn't confirmed, so that nothing of it is read. */
async function checkNone(trial: Trial, { store, next }: { store: FrameStore; next: number }): Promise<void> {
  if (store.next !== next) breach(`\`next\` is ${store.next} after an append that was refused at ${next}`)
  const { frames } = await trial.contentOf(store, next)
  if (frames.length > 0) breach(`${frames.length} frames can be read of an append that was refused`)
}
