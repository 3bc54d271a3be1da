import { chmod, mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { file } from '../../src/consumers/file.ts'
import { harness } from '../../src/testing/index.ts'
import { batch } from '../../src/stages/batch.ts'
import { FileRuns } from '../support/file-run.ts'

const runs = new FileRuns()
const TO = 'data.to'

const codes = ({
  outcomes,
}: {
  outcomes: readonly { readonly outcome: string; readonly error?: unknown }[]
}): unknown[] => outcomes.map(({ outcome, error }) => (error as { code?: string } | undefined)?.code ?? outcome)

describe('file: a path by expression', () => {
  test.each(['each', 'interval', 'never'] as const)(
    'fsync %s: each message is in its file, in order',
    async (fsync) => {
      const run = runs.run({ root: runs.at('out'), to: 'data.status + "/" + data.day + ".ndjson"', fsync })
      const values = Array.from({ length: 300 }, (_, n) => ({ n, status: n % 3 === 0 ? 500 : 200, day: `d${n % 2}` }))
      await run.push(values)
      await runs.finish(run)
      const lines = (status: number, day: string): string =>
        values
          .filter((value) => value.status === status && value.day === day)
          .map((value) => `${JSON.stringify(value)}\n`)
          .join('')
      expect(await runs.content()).toEqual({
        'out/200/d0.ndjson': lines(200, 'd0'),
        'out/200/d1.ndjson': lines(200, 'd1'),
        'out/500/d0.ndjson': lines(500, 'd0'),
        'out/500/d1.ndjson': lines(500, 'd1'),
      })
      expect((await stat(runs.at('out/200'))).mode & 0o777 & ~0o750).toBe(0)
    },
  )

  test('from TypeScript a function', async () => {
    const run = harness(
      file<{ to: string }>({ root: runs.folder, to: (data, { priority }) => `${data.to}-${priority}` }),
    )
    await run.push([{ to: 'a' }])
    await runs.finish(run)
    expect(await runs.content()).toEqual({ 'a-4': '{"to":"a"}\n' })
  })

  test('of a batch it sees the batch, which is in one file', async () => {
    const run = runs.run({ root: runs.folder, to: 'key' }, { before: [batch({ size: 2, by: (n: number) => n % 2 })] })
    await run.push([1, 2, 3, 4])
    await runs.finish(run)
    expect(await runs.content()).toEqual({ 0: '2\n4\n', 1: '1\n3\n' })
  })

  test('data that leads out of the root, or is no path, fails its message and no other', async () => {
    const run = runs.run({ root: runs.at('out'), to: TO })
    const bad = ['../x', '/etc/x', 'a/../../x', '', 'a//b', 7, undefined, 'a\0', 'x'.repeat(256), '.x.sluice-part']
    await run.push([{ to: 'good' }, ...bad.map((to) => ({ to })), { to: 'good' }])
    await run.until(() => run.failed.length === bad.length)
    expect(new Set(codes(run).filter((code) => code !== 'acked'))).toEqual(new Set(['SLUICE_FILE_PATH_INVALID']))
    expect(run.outcomes.find(({ error }) => error !== undefined)).toMatchObject({
      error: { kind: 'message', message: '"../x" is no path of a file below the root: it has ".." in it' },
    })
    await run.end()
    await run.until(() => run.report !== undefined)
    expect(run.acked).toHaveLength(2)
    expect(await runs.content()).toEqual({ 'out/good': '{"to":"good"}\n{"to":"good"}\n' })
  })

  test('an expression, or a function, that throws fails its message', async () => {
    const run = runs.run({
      root: runs.folder,
      to: () => {
        throw new Error('none')
      },
    })
    await run.push([1])
    expect(run.outcomes).toMatchObject([{ outcome: 'failed', error: { message: 'none' } }])
  })
})

describe('file: what stands below the root', () => {
  test('a symbolic link is not followed: neither a folder, nor a file, nor one that leads nowhere', async () => {
    await mkdir(runs.at('out'))
    await mkdir(runs.at('elsewhere'))
    await writeFile(runs.at('secret'), 'untouched')
    await symlink('../elsewhere', runs.at('out/folder'))
    await symlink('../secret', runs.at('out/file'))
    await symlink('../nothing', runs.at('out/dangling'))
    await symlink('.', runs.at('out/self'))
    const run = runs.run({ root: runs.at('out'), to: TO })
    const bad = ['folder/x', 'folder/a/b', 'file', 'dangling', 'dangling/x', 'self/x', 'self/self/x']
    await run.push(bad.map((to) => ({ to })))
    expect(codes(run)).toEqual(bad.map(() => 'SLUICE_FILE_PATH_INVALID'))
    expect(run.outcomes[0]).toMatchObject({
      error: { message: expect.stringMatching(/^the folder ".*out\/folder" is a symbolic link, or behind one/) },
    })
    await rm(runs.at('out'), { recursive: true })
    expect(await runs.content()).toEqual({ secret: 'untouched' })
  })

  test('the root itself may be a symbolic link', async () => {
    await mkdir(runs.at('real'))
    await symlink('real', runs.at('out'))
    const run = runs.run({ root: runs.at('out'), to: TO })
    await run.push([{ to: 'a/b' }])
    await runs.finish(run)
    expect(Object.keys(await runs.content())).toEqual(['real/a/b'])
  })

  test('a file where a folder is needed, and a folder in the place of a file, fail their message', async () => {
    await mkdir(runs.at('folder'))
    await writeFile(runs.at('file'), '')
    const run = runs.run({ root: runs.folder, to: TO })
    await run.push([{ to: 'folder' }, { to: 'file/x' }, { to: 'file/x/y' }, { to: 'ok' }])
    await run.until(() => run.failed.length === 3)
    expect(new Set(codes(run).slice(0, 3))).toEqual(new Set(['SLUICE_FILE_PATH_INVALID']))
    await run.end()
    await run.until(() => run.report !== undefined)
    expect(run.acked).toEqual([{ to: 'ok' }])
  })

  test('folders that vanish are made again: nothing acked is lost, and the rest comes again', async () => {
    const run = runs.run({ root: runs.at('out'), to: TO })
    await run.push([{ to: 'a/b/c', n: 1 }])
    await runs.acked(run)
    await rename(runs.at('out'), runs.at('away'))
    await run.push([{ to: 'a/b/c', n: 2 }])
    await runs.finish(run)
    expect(await runs.content()).toEqual({
      'away/a/b/c': '{"to":"a/b/c","n":1}\n',
      'out/a/b/c': '{"to":"a/b/c","n":2}\n',
    })
  })

  test('a link that takes the place of a folder while its file is open is found when it is opened again', async () => {
    const run = runs.run({ root: runs.at('out'), to: TO })
    await run.push([{ to: 'a/b' }])
    await runs.acked(run)
    await rename(runs.at('out/a'), runs.at('a'))
    await symlink('../a', runs.at('out/a'))
    await runs.files.remove(runs.at('a/b'))
    await run.push([{ to: 'a/b' }])
    await runs.over(run)
    expect(codes(run)).toEqual(['acked', 'SLUICE_FILE_PATH_INVALID'])
  })
})

describe('file: the root', () => {
  test('is made, but not the folder around it', async () => {
    const run = runs.run({ root: runs.at('no/such'), to: TO })
    await expect(run.settle()).rejects.toMatchObject({
      code: 'SLUICE_FILE_UNUSABLE',
      message: expect.stringMatching(/^there is no folder for ".*no\/such" \(ENOENT\)$/),
    })
  })

  test('that is a file is told', async () => {
    await writeFile(runs.at('out'), '')
    const run = runs.run({ root: runs.at('out'), to: TO })
    await expect(run.settle()).rejects.toMatchObject({
      code: 'SLUICE_FILE_UNUSABLE',
      message: expect.stringMatching(/is a file, not a folder$/),
    })
    const below = runs.run({ root: runs.at('out/below'), to: TO })
    await expect(below.settle()).rejects.toMatchObject({ code: 'SLUICE_FILE_UNUSABLE' })
  })

  test('that may not be made is told as a missing permission', async () => {
    runs.files.failNext('makeFolder', 'EACCES')
    const run = runs.run({ root: runs.at('out'), to: TO })
    await expect(run.settle()).rejects.toMatchObject({ code: 'SLUICE_FILE_FORBIDDEN' })
    await chmod(runs.folder, 0o700)
  })
})
