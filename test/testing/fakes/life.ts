import { open as openFile, type FileHandle } from 'node:fs/promises'
import { z } from 'zod'
import { producer, stage, type Fake, type Sample } from './fake.ts'

/** What fakes leave open. */
export const leaks: NodeJS.Timeout[] = []
export const openFiles: FileHandle[] = []
const leak = (): void => void leaks.push(setInterval(() => {}, 60_000))

const leaveFile = async (): Promise<void> => void openFiles.push(await openFile(import.meta.filename))

let isOpenSomewhere = false

export const CONTRACT_FAKES: readonly Fake[] = [
  {
    fault: 'has a summary of two lines',
    breaks: 'has a name and a one-line summary, and a guarantee where it is a door',
    make: () => stage(() => ({ map: (data: Sample) => data.n }), { summary: 'One.\nTwo.' }),
  },
  {
    fault: 'is a door that promises nothing',
    breaks: 'has a name and a one-line summary, and a guarantee where it is a door',
    make: () =>
      producer((context) => ({
        queue: { messages: 100, bytes: 1e6, whenFull: 'reject' },
        open: () => void context.emit([1, 2, 3].map((n) => context.message(n))),
        room: () => {},
        handleDemand: (count) => Array.from({ length: count }, () => context.message(0)),
      })),
  },
  {
    fault: 'takes any option',
    breaks: 'refuses options that it does not know',
    make: () => stage(() => ({ map: (data: Sample) => data.n }), { options: z.object({}) }),
  },
]

export const LIFE_FAKES: readonly Fake[] = [
  {
    fault: 'sets a timer when it is made',
    breaks: 'opens nothing before `open`: a pipeline is checked without side effects',
    make: () =>
      stage(() => {
        const timer = setInterval(() => {}, 60_000)
        leaks.push(timer)
        return { map: (data: Sample) => data.n, stop: () => clearInterval(timer) }
      }),
  },
  {
    fault: 'remembers that it was open',
    breaks: 'can be opened again after it has stopped',
    make: () => {
      let wasOpen = false
      const open = (): void => {
        if (wasOpen) throw new Error('it is open')
        wasOpen = true
      }
      return stage(() => ({ open, map: (data: Sample) => data.n }))
    },
  },
  {
    fault: 'shares what cannot be shared, and does not say so',
    breaks: 'can be open twice at once, or says that it is `exclusive`',
    make: () => {
      let isMine = false
      const open = (): void => {
        if (isOpenSomewhere) throw new Error('it is open')
        isOpenSomewhere = true
        isMine = true
      }
      const stop = (): void => {
        if (isMine) isOpenSomewhere = false
      }
      return stage(() => ({ open, stop, map: (data: Sample) => data.n }))
    },
  },
  {
    fault: 'leaves its timer running',
    breaks: 'leaves no timer and no handle behind, also when it is stopped in the middle or cancelled',
    make: () => stage(() => ({ open: leak, map: (data: Sample) => data.n })),
  },
  {
    fault: 'leaves its file open',
    breaks: 'leaves no timer and no handle behind, also when it is stopped in the middle or cancelled',
    make: () => stage(() => ({ open: leaveFile, map: (data: Sample) => data.n })),
  },
  {
    fault: 'never comes back from its stop',
    breaks: 'comes to an end when it is stopped',
    make: () => stage(() => ({ map: (data: Sample) => data.n, stop: () => new Promise<void>(() => {}) })),
  },
  {
    fault: 'emits after it has stopped',
    breaks: 'says nothing more when it has stopped',
    make: () =>
      stage(({ emit }) => ({ map: (data: Sample) => data.n, stop: () => void setTimeout(() => emit([]), 1) })),
  },
  {
    fault: 'forgets a promise that rejects',
    breaks: 'lets no error escape: each is of its node',
    make: () =>
      stage(() => ({
        map: (data: Sample) => {
          void Promise.reject(new Error('nobody caught it'))
          return data.n
        },
      })),
  },
]
