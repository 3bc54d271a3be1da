import { expect, test } from 'vitest'
import type { LogFile, LogFiles } from '../../../src/overflow/log/files.ts'
import { SimulatedDisk } from '../../support/simulated-disk.ts'
import { storeOn } from './places.ts'

/** Files of which one call fails, the others do as they are told; and which of them are open. */
function failingAt(files: LogFiles, fault: number): { files: LogFiles; open: Set<string> } {
  const open = new Set<string>()
  let calls = 0
  const reach = (): void => {
    if (calls++ === fault) throw Object.assign(new Error('it fails'), { code: 'EIO' })
  }
  const seen = async (path: string, opening: Promise<LogFile>): Promise<LogFile> => {
    const file = await opening
    open.add(path)
    return {
      stat: async () => (reach(), file.stat()),
      read: async (...place) => (reach(), file.read(...place)),
      writev: async (...given) => (reach(), file.writev(...given)),
      truncate: async (length) => (reach(), file.truncate(length)),
      datasync: async () => (reach(), file.datasync()),
      close: async () => {
        open.delete(path)
        await file.close()
      },
    }
  }
  return {
    open,
    files: {
      makeFolder: async (folder) => (reach(), files.makeFolder(folder)),
      list: async (folder) => (reach(), files.list(folder)),
      create: async (path) => (reach(), seen(path, files.create(path))),
      open: async (path) => (reach(), seen(path, files.open(path))),
      remove: async (path) => (reach(), files.remove(path)),
      syncFolder: async (folder) => (reach(), files.syncFolder(folder)),
    },
  }
}

test.each(['a new folder', 'a folder with frames'])(
  'embedded store of an overflow: no file stays open, whichever call fails while it is opened: %s',
  async (which) => {
    for (let fault = 0, hasFailed = true; hasFailed; fault++) {
      const disk = new SimulatedDisk(1)
      if (which !== 'a new folder') {
        const store = storeOn(disk)
        await store.open()
        await store.append(1, [{ payload: Buffer.alloc(1000), count: 3 }])
        await store.close()
      }
      const { files, open } = failingAt(disk.files, fault)
      const store = storeOn(disk, { files })
      hasFailed = await store.open().then(
        () => false,
        () => true,
      )
      await store.close()
      expect([...open]).toEqual([])
    }
  },
)
