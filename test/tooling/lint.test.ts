import { describe, expect, test } from 'vitest'
import { inPlantedProject, run } from './planted.ts'

/** The codes that the linter finds in planted files, by path. A file without any is left out. */
function lint(files: Readonly<Record<string, string>>): { status: number | null; codes: Record<string, string[]> } {
  return inPlantedProject(['.oxlintrc.json'], files, (folder) => {
    const { status, stdout } = run('oxlint/bin/oxlint', ['--format', 'json', ...Object.keys(files)], folder)
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] }
    const codes: Record<string, string[]> = {}
    for (const { code, filename } of diagnostics) (codes[filename] ??= []).push(code)
    return { status, codes }
  })
}

const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n')
const functionOf = (count: number) =>
  `export function fill(list: number[]): void {\n${lines(count - 2, (index) => `  list.push(${index})`)}\n}\n`
const fileOf = (count: number) => `${lines(count, (index) => `export const name${index} = ${index}`)}\n`
const nestingOf = (depth: number) =>
  `export function nest(list: number[]): void {\n${'if (list.length > 0) {\n'.repeat(depth)}list.pop()\n${'}\n'.repeat(depth + 1)}`

describe('lint', () => {
  test('a promise that nobody waits for is an error, which takes type information to see', () => {
    const text = 'async function save(): Promise<void> {}\n\nexport function close(): void {\n  save()\n}\n'
    const path = 'src/daemon/planted.ts'
    expect(lint({ [path]: text })).toEqual({ status: 1, codes: { [path]: ['typescript(no-floating-promises)'] } })
  })

  test('a clean file ends well', () => {
    const text = 'export const add = (one: number, other: number): number => one + other\n'
    expect(lint({ 'src/core/planted.ts': text })).toEqual({ status: 0, codes: {} })
  })

  test.each(['src/core', 'src/stages', 'src/testing/simulator'])(
    'time, chance and waiting are refused in %s',
    (folder) => {
      const { codes } = lint({
        [`${folder}/time.ts`]: 'export const now = Date.now()\n',
        [`${folder}/wait.ts`]: 'export const wait = (call: () => void) => setTimeout(call, 1)\n',
        [`${folder}/chance.ts`]: 'export const dice = Math.random()\n',
        [`${folder}/race.ts`]: 'export const first = async (list: Promise<void>[]) => await Promise.race(list)\n',
        [`${folder}/sleep.ts`]: "export { setTimeout as sleep } from 'node:timers/promises'\n",
      })
      expect(codes).toEqual({
        [`${folder}/time.ts`]: ['eslint(no-restricted-globals)'],
        [`${folder}/wait.ts`]: ['eslint(no-restricted-globals)'],
        [`${folder}/chance.ts`]: ['eslint(no-restricted-properties)'],
        [`${folder}/race.ts`]: ['eslint(no-restricted-properties)'],
        [`${folder}/sleep.ts`]: ['eslint(no-restricted-imports)'],
      })
    },
  )

  test('they are allowed elsewhere', () => {
    const text = 'export const now = Date.now() + Math.random()\n'
    expect(lint({ 'src/daemon/planted.ts': text, 'test/planted.ts': text }).codes).toEqual({})
  })

  test('40 lines of a function, 250 of a file, three parameters and three levels are the most', () => {
    const { codes } = lint({
      'src/kit/function-40.ts': functionOf(40),
      'src/kit/function-41.ts': functionOf(41),
      'src/kit/file-250.ts': fileOf(250),
      'src/kit/file-251.ts': fileOf(251),
      'src/kit/parameters-3.ts': 'export const sum = (a: number, b: number, c: number) => a + b + c\n',
      'src/kit/parameters-4.ts': 'export const sum = (a: number, b: number, c: number, d: number) => a + b + c + d\n',
      'src/kit/levels-3.ts': nestingOf(3),
      'src/kit/levels-4.ts': nestingOf(4),
    })
    expect(codes).toEqual({
      'src/kit/function-41.ts': ['eslint(max-lines-per-function)'],
      'src/kit/file-251.ts': ['eslint(max-lines)'],
      'src/kit/parameters-4.ts': ['eslint(max-params)'],
      'src/kit/levels-4.ts': ['eslint(max-depth)'],
    })
  })
})
