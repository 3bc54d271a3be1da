import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import file from '../../src/consumers/file.ts'
import { feed } from '../support/ends.ts'
import { line, until } from '../support/pipeline.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-'))
})
afterEach(() => rm(folder, { recursive: true }))

test.each([
  { fsync: 'each', what: 'renamed', move: (path: string) => rename(path, `${path}.1`), kept: '1\n' },
  { fsync: 'interval', what: 'renamed', move: (path: string) => rename(path, `${path}.1`), kept: '1\n' },
  { fsync: 'interval', what: 'removed', move: (path: string) => rm(path), kept: undefined },
])(
  'fsync $fsync: of a ledger that is $what no message is acked whose line is nowhere, and what comes next is in a new file',
  async ({ fsync, move, kept }) => {
    const path = join(folder, 'ledger.ndjson')
    const input = feed()
    const { graph } = line([input, { component: file, options: { path, fsync, interval: '1ms' } }])
    await graph.start()
    input.push([1])
    await until(() => input.receipts.length === 1, 'the first is acked')
    await move(path)
    input.push([2])
    await until(() => input.receipts.length === 2, 'the second has an outcome')
    expect(input.outcomes).toEqual(['1: acked', '2: SLUICE_FILE_MOVED'])
    expect(input.receipts[1]!.error).toMatchObject({ kind: 'place' })
    input.push([3])
    input.end()
    expect((await graph.finishedReport).outcome).toBe('finished')
    expect(await readFile(path, 'utf8')).toBe('3\n')
    expect(await readFile(`${path}.1`, 'utf8').catch(() => undefined)).toBe(kept)
    expect(graph.node('file').counters.restarts).toBe(0)
  },
)
