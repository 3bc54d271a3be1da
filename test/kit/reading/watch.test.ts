import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DEFAULT_JSON_LIMITS } from '../../../src/kit/json-limits.ts'
import { chunkBuffer } from '../../../src/kit/reading/byte-source.ts'
import { LineRecords } from '../../../src/kit/reading/records.ts'
import { Watch } from '../../../src/kit/reading/watch.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

test('a file that was emptied between the look and its opening is met when something is in it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-watch-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'app.ndjson')
  writeFileSync(path, '')
  const makeRecords = (at: number): LineRecords =>
    new LineRecords(at, 'ndjson', { maxLine: 100, limits: DEFAULT_JSON_LIMITS })
  const watch = new Watch(
    {
      node: 'file',
      log: silent,
      metrics: { add() {} },
      random: () => 0,
      clock: { now: () => 0, date: () => 0 },
      tools: { makeRecords, buffer: chunkBuffer(), isOnce: false },
      rotateWait: 1000,
      closed() {},
    },
    [],
  )
  const { dev, ino } = statSync(path)
  const look = () => watch.look([{ path, dev, ino, size: 100, mtimeMs: 0, isNamed: true }])
  await look()
  expect(watch.files).toEqual([])
  writeFileSync(path, '1\n')
  await look()
  expect(watch.files).toHaveLength(1)
  for (const file of watch.files) await file.close()
})
