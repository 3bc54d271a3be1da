import type { FileHandle } from 'node:fs/promises'
import { GzipBytes, PlainBytes } from './byte-source.ts'
import type { CsvRecords } from './csv-records.ts'
import type { MakeRecords } from './settings.ts'

/** The names in the first record of a file; undefined where it has none. */
export async function namesIn(
  file: FileHandle,
  isPacked: boolean,
  makeRecords: MakeRecords,
): Promise<readonly string[] | undefined> {
  const bytes = isPacked ? new GzipBytes(file, 0) : new PlainBytes(file, 0)
  const records = makeRecords(0) as CsvRecords
  try {
    while (records.names === undefined) {
      const read = await bytes.read()
      if (read === undefined) break
      records.push(read)
      while (records.names === undefined && records.next() !== undefined);
    }
    return records.names
  } finally {
    await bytes.close()
  }
}
