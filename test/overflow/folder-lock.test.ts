import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lockFolder, realProcesses, type Place, type Processes } from '../../src/overflow/folder-lock.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A process among those that run, by their starts. */
function processes(pid: number, running: Readonly<Record<number, string>>, elsewhere: Partial<Place> = {}): Processes {
  const place = { host: 'web-1', boot: 'this boot', space: 'pid:[1]', ...elsewhere }
  return { pid, place: async () => place, startOf: async (other) => running[other] }
}

const refusal = (asked: Promise<unknown>): Promise<unknown> => asked.catch((error: unknown) => error)

describe('folder lock', () => {
  test('a second one is refused, in this process too, and told who has it', async () => {
    const lock = await lockFolder(folder)
    expect(await refusal(lockFolder(folder))).toMatchObject({
      code: 'SLUICE_LOG_LOCKED',
      message: expect.stringMatching(/is held by this process since 20/),
    })
    await lock.release()
    await (await lockFolder(folder)).release()
  })

  test('the lock of a process that runs holds, whoever asks', async () => {
    await lockFolder(folder, processes(7, { 7: 'a' }))
    expect(await refusal(lockFolder(folder, processes(8, { 7: 'a', 8: 'b' })))).toMatchObject({
      code: 'SLUICE_LOG_LOCKED',
      message: expect.stringContaining('held by process 7'),
    })
  })

  test.each([
    ['is no more', processes(8, { 8: 'b' })],
    ['has left its id to another', processes(8, { 7: 'later', 8: 'b' })],
    ['ran before the machine was started again', processes(8, { 7: 'a', 8: 'b' }, { boot: 'next boot' })],
    ['ran before its container was started again', processes(7, { 7: 'later' }, { space: 'pid:[2]' })],
    ['is no more, on a machine that has another name since', processes(8, { 8: 'b' }, { host: 'web-2' })],
    ['has the id of this one', processes(7, { 7: 'later' })],
  ])('the lock of a process that %s is taken over', async (_, later) => {
    await lockFolder(folder, processes(7, { 7: 'a' }))
    const lock = await lockFolder(folder, later)
    expect(await readdir(folder)).toEqual(['lock.2'])
    await lock.release()
  })

  test.each([
    ['another container of the machine', { host: 'web-2', space: 'pid:[2]' }],
    ['another machine', { host: 'web-2', boot: 'another boot' }],
    ['a container of another machine', { host: 'web-2', boot: 'another boot', space: 'pid:[2]' }],
  ])('the lock of a process of %s holds, whether that has the same id or none here, and is named', async (_, place) => {
    await lockFolder(folder, processes(1, { 1: 'a' }))
    for (const asked of [processes(1, { 1: 'b' }, place), processes(7, { 7: 'b' }, place)])
      expect(await refusal(lockFolder(folder, asked))).toMatchObject({
        code: 'SLUICE_LOG_LOCKED',
        message: expect.stringMatching(
          /held by process 1 of another machine or container, "web-1", since 20.*lock\.1 /,
        ),
      })
    expect(await readdir(folder)).toEqual(['lock.1'])
  })

  test('such a lock is taken over when its file was emptied, as the refusal says', async () => {
    await lockFolder(folder, processes(1, { 1: 'a' }))
    await writeFile(join(folder, 'lock.1'), '')
    await lockFolder(folder, processes(1, { 1: 'b' }, { host: 'web-2', space: 'pid:[2]' }))
    expect(await readdir(folder)).toEqual(['lock.2'])
  })

  test('where nothing tells one machine from another, ids of processes decide', async () => {
    const nowhere = { boot: '', space: '' }
    await lockFolder(folder, processes(7, { 7: '' }, nowhere))
    expect(await refusal(lockFolder(folder, processes(8, { 7: '', 8: '' }, nowhere)))).toMatchObject({
      code: 'SLUICE_LOG_LOCKED',
    })
    await lockFolder(folder, processes(8, { 8: '' }, { ...nowhere, host: 'renamed' }))
    expect(await readdir(folder)).toEqual(['lock.2'])
  })

  test('a lock that says less of its place is one of this place', async () => {
    await writeFile(
      join(folder, 'lock.1'),
      JSON.stringify({ pid: 7, startedAt: 'a', boot: 'this boot', since: '2026' }),
    )
    expect(await refusal(lockFolder(folder, processes(8, { 7: 'a', 8: 'b' })))).toMatchObject({
      code: 'SLUICE_LOG_LOCKED',
    })
    await lockFolder(folder, processes(8, { 8: 'b' }))
    expect(await readdir(folder)).toEqual(['lock.2'])
  })

  test.each(['', '{"pid":', 'null'])(
    'a lock without an owner, as a power cut leaves it, is taken over: %o',
    async (text) => {
      await writeFile(join(folder, 'lock.1'), text)
      await lockFolder(folder)
      expect(await readdir(folder)).toEqual(['lock.2'])
    },
  )

  test('of many that take over one stale lock at once, one gets it', async () => {
    await lockFolder(folder, processes(7, { 7: 'a' }))
    const all = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [100 + at, 'x']))
    const asked = Object.keys(all).map((pid) => lockFolder(folder, processes(Number(pid), all)))
    const results = await Promise.allSettled(asked)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) if (result.status === 'rejected') expect(result.reason.code).toBe('SLUICE_LOG_LOCKED')
  })

  test('the processes of this machine: one that was killed has no start', async () => {
    const child = spawn('sleep', ['60'])
    const first = await realProcesses.startOf(child.pid!)
    expect(first).toMatch(/^\d*$/)
    expect(await realProcesses.startOf(child.pid!)).toBe(first)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await realProcesses.startOf(child.pid!)).toBeUndefined()
  })

  test.each(['/dev/null/folder', '/proc/folder/below'])(
    '%s, which cannot be a folder, is told with a code',
    async (path) => {
      expect(await refusal(lockFolder(path))).toMatchObject({ code: 'SLUICE_LOG_UNUSABLE' })
    },
  )
})
