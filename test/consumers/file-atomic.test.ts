import { readdir, rm, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import file from '../../src/consumers/file.ts'
import { feed } from '../support/ends.ts'
import { BEGIN, dataOf, FileRuns, lineOf } from '../support/file-run.ts'
import { line, until } from '../support/pipeline.ts'

const runs = new FileRuns()
const EVERY = { atomic: true, rotate: { every: '1h' } }
const PART = '.x.ndjson.sluice-part'

describe('file: atomic', () => {
  test('a file is seen when its time is over, and its messages are acked then', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), ...EVERY })
    await run.push([1, 2])
    await run.advance(1_000)
    expect(await runs.content()).toEqual({ [PART]: '1\n2\n' })
    expect(run.acked).toEqual([])
    await run.advance(2_799_000)
    await run.until(() => run.acked.length === 2, 'they are acked')
    expect(await runs.content()).toEqual({ 'x-20231114T230000Z-1.ndjson': '1\n2\n' })
    await run.push([3])
    await run.flush()
    await runs.finish(run)
    expect(Object.values(await runs.content())).toEqual(['1\n2\n', '3\n'])
    expect(run.timers).toBe(0)
  })

  test('it is durable before it has its name, and has its name before anything is acked', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), ...EVERY })
    await run.push([1])
    runs.files.beforeRename = () => {
      expect(runs.files.calls.at(-2)).toBe('datasync')
      expect(run.acked).toEqual([])
    }
    await run.flush()
    expect(run.acked).toEqual([1])
    expect(runs.files.calls).toContain('rename')
  })

  test('complete by its size, before its time', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), atomic: true, rotate: { every: '1h', size: '1KiB' } })
    await run.push(['a', 'b'].map((character) => dataOf(character, 1_000)))
    expect(run.acked).toEqual([dataOf('a', 1_000)])
    expect(await runs.content()).toEqual({ [PART]: lineOf('b', 1_000), [`x-${BEGIN}-1.ndjson`]: lineOf('a', 1_000) })
  })

  test('a flush completes it, and the end', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), ...EVERY })
    await run.push([1])
    await run.flush()
    expect(run.acked).toEqual([1])
    expect(await runs.content()).toEqual({ [`x-${BEGIN}-1.ndjson`]: '1\n' })
    await run.push([2])
    await run.end()
    await run.until(() => run.report !== undefined)
    expect(await runs.content()).toEqual({ [`x-${BEGIN}-1.ndjson`]: '1\n', [`x-${BEGIN}-2.ndjson`]: '2\n' })
  })

  test('nothing came: no file is seen, and none is left', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), ...EVERY })
    await run.advance(10 * 3_600_000)
    await runs.finish(run)
    expect(await readdir(runs.folder)).toEqual([])
  })

  test('at `maxHeld` the fullest files are completed, until at most half is held', async () => {
    const run = runs.run({ root: runs.folder, to: 'data.to', ...EVERY }, { settings: { maxHeld: 10, callSize: 1 } })
    await run.push(['a', 'b', 'c', 'c', 'c', 'c', 'c', 'a', 'b', 'a'].map((to) => ({ to })))
    await run.until(() => run.acked.length > 0, 'some are acked')
    expect(run.acked).toEqual(Array.from({ length: 5 }, () => ({ to: 'c' })))
    expect(run.stats.held).toBe(5)
    expect(Object.keys(await runs.content())).toEqual(['.a.sluice-part', '.b.sluice-part', `c-${BEGIN}-1`])
    await run.flush()
    expect(run.acked).toHaveLength(10)
  })

  test('what a killed process left of it is removed: its messages come again', async () => {
    await writeFile(runs.at(PART), '"acked by nobody"\n"ha')
    const run = runs.run({ path: runs.at('x.ndjson'), ...EVERY })
    await run.push([1])
    await run.flush()
    expect(await runs.content()).toEqual({ [`x-${BEGIN}-1.ndjson`]: '1\n' })
    expect(run.stats.own).toMatchObject({ parts_removed: 1 })
  })

  test('at a stop what is under way is completed', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), ...EVERY })
    await run.push([1])
    await run.stop()
    expect(run.acked).toEqual([1])
    expect(await runs.content()).toEqual({ [`x-${BEGIN}-1.ndjson`]: '1\n' })
  })
})

test('file: atomic: at a restart what is not complete is thrown away, and comes again', async () => {
  const path = runs.at('x.ndjson')
  const input = feed()
  const { graph } = line([input, { component: file, options: { path, ...EVERY } }])
  await graph.start()
  input.push([1, 2])
  await until(() => graph.stats().nodes.some(({ held }) => held === 2), 'they are held')
  graph.restart('file')
  input.push([3])
  input.end()
  expect((await graph.finishedReport).outcome).toBe('finished')
  expect(Object.values(await runs.content())).toEqual(['1\n2\n3\n'])
  expect(input.outcomes).toEqual(['1: acked', '2: acked', '3: acked'])
})

const SOON = { atomic: true, rotate: { every: '10s' } }

describe('file: atomic, with a disk that fails', () => {
  test.each([
    ['datasync', 'EIO'],
    ['rename', 'EACCES'],
    ['rename', 'ENOSPC'],
  ] as const)('%s %s: nothing is seen, what was in it comes again, once', async (call, code) => {
    const run = runs.run({ path: runs.at('x.ndjson'), ...SOON })
    await run.push([1, 2])
    runs.files.failNext(call, code)
    await run.advance(10_000)
    expect(run.acked).toEqual([])
    await run.push([3])
    await runs.finish(run)
    const texts = Object.values(await runs.content())
    expect(texts.join('').split('\n').toSorted().join('')).toBe('123')
    expect(runs.files.retried).toBe(0)
  })

  test('what was thrown away and could not be removed is not gone on with', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), ...SOON })
    await run.push([1, 2])
    runs.files.failNext('rename', 'EACCES')
    runs.files.failNext('remove', 'EACCES')
    await run.advance(10_000)
    await run.push([3])
    await runs.finish(run)
    const texts = Object.values(await runs.content())
    expect(texts.join('').split('\n').toSorted().join('')).toBe('123')
  })

  test('a full disk keeps what is in the file, which is completed in its time', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), ...SOON })
    await run.push([1])
    runs.files.failNext('write', 'ENOSPC', { writes: 1 })
    await run.push([22])
    expect(await runs.content()).toEqual({ [PART]: '1\n' })
    await runs.acked(run)
    expect(Object.values(await runs.content())).toEqual(['1\n22\n'])
    expect(run.acked).toEqual([1, 22])
  })

  test('a hidden file that somebody removes is written anew', async () => {
    const run = runs.run({ path: runs.at('x.ndjson'), ...SOON })
    await run.push([1])
    await rm(runs.at(PART))
    await runs.acked(run)
    expect(Object.values(await runs.content())).toEqual(['1\n'])
  })

  test('a leftover that cannot be removed keeps it from opening', async () => {
    await writeFile(runs.at(PART), 'half')
    runs.files.failNext('remove', 'EACCES')
    const run = runs.run({ path: runs.at('x.ndjson'), ...SOON })
    await expect(run.settle()).rejects.toMatchObject({ code: 'SLUICE_FILE_FORBIDDEN' })
  })
})
