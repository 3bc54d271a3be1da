import type { FileHandle } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { DEFAULT_JSON_LIMITS } from '../../../src/kit/json-limits.ts'
import { chunkBuffer } from '../../../src/kit/reading/byte-source.ts'
import { hashOf } from '../../../src/kit/reading/content.ts'
import { LineRecords } from '../../../src/kit/reading/records.ts'
import { SourceFile } from '../../../src/kit/reading/source-file.ts'

const CONTENT = Buffer.from('1\n2\n')

/** An open file whose first bytes are not what they were when it is asked for the second time. */
function fileThat(isTouched: () => void): FileHandle {
  let reads = 0
  const read = async (
    ...asked: [buffer: Buffer, offset: number, length: number, position: number]
  ): Promise<object> => {
    const [buffer, offset, length, position] = asked
    if (++reads === 2) isTouched()
    const bytes = CONTENT.subarray(position, position + length)
    buffer.set(reads === 2 ? bytes.map(() => 0) : bytes, offset)
    return { bytesRead: bytes.length }
  }
  return { read } as unknown as FileHandle
}

function opened(file: FileHandle): SourceFile {
  const head = hashOf(CONTENT)
  const mark = { token: 'a', path: '/a', dev: 1, ino: 1, isPacked: false, head, offset: 0, above: [], seenAt: 0 }
  const candidate = { path: '/a', dev: 1, ino: 1, size: CONTENT.length, mtimeMs: 0, isNamed: true }
  const makeRecords = (at: number): LineRecords =>
    new LineRecords(at, 'ndjson', { maxLine: 100, limits: DEFAULT_JSON_LIMITS })
  return new SourceFile({ file, mark, candidate, now: 0 }, { makeRecords, buffer: chunkBuffer(), isOnce: false })
}

test('source file: what was read while its beginning could not be read is read again', async () => {
  const file = opened(
    fileThat(() => {
      throw new Error('EIO')
    }),
  )
  await expect(file.readOn()).rejects.toThrow('EIO')
  await file.readOn()
  expect([file.next(), file.next()]).toMatchObject([{ data: 1 }, { data: 2 }])
})

test('source file: so is what was read while its beginning was another one, when it is as it was again', async () => {
  const file = opened(fileThat(() => {}))
  await file.readOn()
  expect([file.hasRecords, file.readTo]).toEqual([false, 0])
  file.hasChanged({ size: CONTENT.length, mtimeMs: 1 }, 0)
  await file.readOn()
  expect([file.next(), file.next()]).toMatchObject([{ data: 1 }, { data: 2 }])
})
