import type { LogFile, LogFiles } from '../log/files.ts'

/** Files that are written, and left to the system to bring to the disk: they survive the process, not the power. */
export function unsynced(files: LogFiles): LogFiles {
  return {
    makeFolder: (folder) => files.makeFolder(folder),
    list: (folder) => files.list(folder),
    create: async (path) => withoutSync(await files.create(path)),
    open: async (path) => withoutSync(await files.open(path)),
    remove: (path) => files.remove(path),
    syncFolder: () => Promise.resolve(),
  }
}

function withoutSync(file: LogFile): LogFile {
  return {
    stat: () => file.stat(),
    read: (...place) => file.read(...place),
    writev: (...given) => file.writev(...given),
    truncate: (length) => file.truncate(length),
    datasync: () => Promise.resolve(),
    close: () => file.close(),
  }
}
