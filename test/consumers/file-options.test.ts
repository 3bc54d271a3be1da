import { symlinkSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { clashesOf } from '../../src/config/clashes.ts'
import definition from '../../src/consumers/file.ts'
import { FileRuns } from '../support/file-run.ts'

const runs = new FileRuns()
const { exclusive, options } = definition

function problemsOf(given: object): string[] {
  return (options.safeParse(given).error?.issues ?? []).map(({ path, message }) => [...path, message].join(': '))
}

const ROTATED = { path: 'x', rotate: { every: '1h' } }

describe('file: options', () => {
  test.each([
    [{ path: 'x' }],
    [{ root: 'out', to: 'data.day' }],
    [{ path: 'x', rotate: { size: '1KiB', every: '1s', keep: 1, gzip: true } }],
    [{ ...ROTATED, atomic: true }],
    [{ root: 'out', to: 'key', atomic: true, rotate: { every: '1m', size: '64MiB', keep: 3 }, maxOpen: 1 }],
  ])('%j is right', (given) => {
    expect(problemsOf(given)).toEqual([])
  })

  test.each([
    [{}, 'give `path`, or `root` and `to`'],
    [{ root: 'out' }, '`root` needs `to`, which says the path of a message below it'],
    [{ to: 'key' }, '`to` needs `root`, the folder that no path may leave'],
    [{ path: 'x', root: 'out', to: 'key' }, 'give either `path`, for one file, or `root` and `to`, for several'],
    [{ path: 'x', to: 'key' }, 'give either `path`, for one file, or `root` and `to`, for several'],
    [{ path: 'x', rotate: {} }, 'rotate: say when a file is ended: give `size`, `every` or both'],
    [{ path: 'x', rotate: { keep: 3 } }, 'rotate: say when a file is ended: give `size`, `every` or both'],
    [{ path: 'x', rotate: { size: '1023B' } }, 'rotate: size: must be at least "1KiB"'],
    [{ path: 'x', rotate: { every: '999ms' } }, 'rotate: every: must be at least "1s"'],
    [{ ...ROTATED, fsync: 'never', atomic: true }, '`fsync: never` does not go with `atomic`'],
    [{ ...ROTATED, fsync: 'each', atomic: true }, '`fsync: each` does not go with `atomic`'],
    [{ path: 'x', atomic: true }, '`atomic` needs `rotate` with `every`'],
    [{ path: 'x', rotate: { size: '1MiB' }, atomic: true }, '`atomic` needs `rotate` with `every`'],
    [{ path: 'x', rotate: { every: '1h', gzip: true }, atomic: true }, '`gzip` does not go with `atomic`'],
    [{ path: 'a\0b' }, 'path: a path has no NUL in it'],
    [{ root: 'a\0b', to: 'key' }, 'root: a path has no NUL in it'],
  ])('%j is told: %s', (given, problem) => {
    const found = problemsOf(given)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(problem)
  })

  test('an expression that is none is told with its place', () => {
    expect(options.safeParse({ root: 'out', to: 'data.' }).error?.issues[0]).toMatchObject({ path: ['to'] })
  })

  test('one root under two names is one exclusive thing, and one path', () => {
    const of = (given: object): unknown => exclusive!(options.parse(given))
    expect(of({ root: 'a/../out', to: 'key' })).toBe(`root ${resolve('out')}`)
    expect(of({ root: 'out', to: 'data.day' })).toBe(of({ root: './out/', to: 'key' }))
    expect(of(ROTATED)).toBe(of({ path: 'y/../x' }))
  })
})

test('a root within another one, or the same by a symbolic link, is found where a pipeline is checked', () => {
  const wanted = (given: object): { wanted: string } => ({ wanted: exclusive!(options.parse(given))! })
  symlinkSync('.', runs.at('link'))
  const to = 'key'
  const because = (...given: object[]): (string | undefined)[] =>
    clashesOf(given.map(wanted)).map((clash) => clash.because)
  expect(because({ root: runs.folder, to }, { root: runs.at('below'), to })).toEqual(['a folder inside it'])
  expect(because({ root: runs.folder, to }, { root: runs.at('link'), to })).toEqual(['the same folder'])
  expect(because({ root: runs.at('a'), to }, { root: runs.at('b'), to })).toEqual([])
  expect(because({ root: runs.folder, to }, { path: runs.at('x') })).toEqual(['a file inside it'])
  expect(because({ path: runs.at('a/x') }, { root: runs.at('a'), to })).toEqual(['a folder around it'])
  const store = { wanted: `folder ${runs.at('a/letters')}` }
  expect(clashesOf([wanted({ root: runs.at('a'), to }), store])).toMatchObject([{ because: 'a folder inside it' }])
  expect(because({ path: runs.at('x') }, { path: runs.at('link/x') })).toEqual(['the same file'])
  expect(because({ path: runs.at('x') }, { path: runs.at('y') })).toEqual([])
  expect(because({ path: runs.at('x') }, { root: runs.at('x.d'), to })).toEqual([])
})
