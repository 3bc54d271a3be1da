import { readlinkSync, rmSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Folder, ReadingRun } from '../support/reading-run.ts'

afterEach(() => void vi.restoreAllMocks())

/** Whatever is open of the path now can't be used any more, as when the server of its file system was started anew. */
async function goStale(path: string): Promise<void> {
  const probe = await open(path, 'r')
  const prototype = Object.getPrototypeOf(probe) as FileHandle
  const { fd } = probe
  await probe.close()
  const stale = new Set<number>()
  for (let each = 0; each < fd + 100; each++) if (pathOf(each) === path) stale.add(each)
  expect(stale.size).toBe(1)
  for (const method of ['stat', 'read'] as const) {
    const original = prototype[method] as (...args: unknown[]) => Promise<unknown>
    vi.spyOn(prototype, method).mockImplementation(function (this: FileHandle, ...args: unknown[]) {
      if (stale.has(this.fd)) return Promise.reject(Object.assign(new Error('stale'), { code: 'ESTALE' }))
      return original.apply(this, args)
    } as never)
  }
}

function pathOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return undefined
  }
}

/** Two files that are followed and were read to their ends; what is open of the first one has gone stale. */
async function withStale() {
  const folder = new Folder()
  const path = folder.write('a.ndjson', '1\n')
  folder.write('b.ndjson', '10\n')
  const run = await ReadingRun.start(folder)
  await run.gives(2)
  await goStale(path)
  return { folder, path, run }
}

describe('file: a handle that has gone stale', () => {
  test('is made anew where the file is there: it is read on from where it was, and so are others', async () => {
    const { folder, run } = await withStale()
    folder.append('a.ndjson', '2\n')
    folder.append('b.ndjson', '20\n')
    expect(new Set(await run.gives(4))).toEqual(new Set([1, 2, 10, 20]))
    folder.append('a.ndjson', '3\n')
    expect(await run.gives(5)).toContain(3)
  })

  test('is let go of where the file is not; others are read, and what was settled of them is written down', async () => {
    const { folder, path, run } = await withStale()
    rmSync(path)
    folder.append('b.ndjson', '20\n')
    expect(new Set(await run.gives(3))).toEqual(new Set([1, 10, 20]))
    expect(run.warnings).toEqual([expect.stringMatching(/a[.]ndjson" cannot be read \(ESTALE\)$/)])
    await run.stop()
    vi.restoreAllMocks()
    const again = await ReadingRun.start(folder)
    folder.append('b.ndjson', '30\n')
    expect(await again.gives(1)).toEqual([30])
  })
})
