import { expect, test } from 'vitest'
import { ConfigError, type Problem } from '../../src/config/errors.ts'
import { renderConfigError, renderProblems } from '../../src/config/render.ts'
import { edited, load, refusalOf } from './loading.ts'

const PROBLEM: Problem = {
  code: 'SLUICE_CONFIG_VALUE',
  severity: 'error',
  file: 'payments.yaml',
  line: 2,
  column: 3,
  endLine: 2,
  endColumn: 6,
  path: ['a'],
  message: 'this is wrong',
}

test('a mistake shows its place, its line, what is meant, and what to do', async () => {
  const error = await refusalOf(load(edited('concurrency: 8', 'concurency: 8')))
  expect(renderConfigError(error).replaceAll(error.file, 'payments.yaml')).toBe(
    [
      'payments.yaml:15:5  `concurency` is not a setting or a component of a consumer',
      '     15 |     concurency: 8',
      '        |     ^^^^^^^^^^',
      '     did you mean `concurrency`?',
    ].join('\n'),
  )
})

test('a mistake between two places shows both', async () => {
  const text = edited('stages:', '  second:\n    http: { port: 8080 }\nstages:').replace(
    'from: ingress',
    'from: [ingress, second]',
  )
  const error = await refusalOf(load(text))
  expect(renderConfigError(error).replaceAll(error.file, 'payments.yaml')).toBe(
    [
      'payments.yaml:6:5  `ingress` and `second` both want `port 8080`',
      '      6 |     http: { port: 8080 }',
      '        |     ^^^^',
      '     payments.yaml:4:5  `ingress` wants it here',
      '      4 |     http: { port: 8080, path: /payments }',
      '        |     ^^^^',
      '     give one of them another port or file, or read from one node twice',
    ].join('\n'),
  )
})

test('mistakes stand apart', () => {
  const second = { ...PROBLEM, line: 1, column: 1, endLine: 1, endColumn: 2, hint: 'mend it' }
  expect(renderProblems([PROBLEM, second], 'x\n  abc\n')).toBe(
    [
      'payments.yaml:2:3  this is wrong',
      '      2 |   abc',
      '        |   ^^^',
      '',
      'payments.yaml:1:1  this is wrong',
      '      1 | x',
      '        | ^',
      '     mend it',
    ].join('\n'),
  )
})

test('a mistake of the file itself has no line', () => {
  const { line: _, column: __, endLine: ___, endColumn: ____, ...ofFile } = PROBLEM
  const error = new ConfigError('payments.yaml', [
    { ...ofFile, message: 'there is no such file', hint: 'check the path' },
  ])
  expect(renderConfigError(error)).toBe('payments.yaml  there is no such file\n     check the path')
})

test('a warning says that it is one', () => {
  expect(renderProblems([{ ...PROBLEM, severity: 'warning' }], undefined)).toBe(
    'payments.yaml:2:3  warning: this is wrong',
  )
})

test('what is left out is counted', () => {
  const error = new ConfigError('payments.yaml', [PROBLEM], { text: 'x\n  abc\n', omitted: 12 })
  expect(renderConfigError(error).split('\n').slice(-3)).toEqual(['        |   ^^^', '', '… and 12 more'])
})

test('of what goes on over lines the first is marked to its end', () => {
  expect(
    renderProblems([{ ...PROBLEM, endLine: 3, endColumn: 2 }], 'x\n  abcdef\n}\n')
      .split('\n')
      .slice(1),
  ).toEqual(['      2 |   abcdef', '        |   ^^^^^^'])
})

test('a place behind the end of a line is marked by one caret', () => {
  const place = { ...PROBLEM, column: 6, endColumn: 6 }
  expect(renderProblems([place], 'x\n  abc\n').split('\n').slice(1)).toEqual(['      2 |   abc', '        |      ^'])
})

test('tabs stay tabs, so that the carets stand below what they mark', () => {
  const place = { ...PROBLEM, column: 3, endColumn: 6 }
  expect(renderProblems([place], 'x\n\t\tabc\n').split('\n').slice(1)).toEqual([
    '      2 | \t\tabc',
    '        | \t\t^^^',
  ])
})

test('of a long line the part around the place is shown', () => {
  const line = `${'a'.repeat(150)}XYZ${'b'.repeat(150)}`
  const place = { ...PROBLEM, line: 1, column: 151, endLine: 1, endColumn: 154 }
  expect(renderProblems([place], line).split('\n').slice(1)).toEqual([
    `      1 | …${'a'.repeat(20)}XYZ${'b'.repeat(97)}…`,
    `        |  ${' '.repeat(20)}^^^`,
  ])
})

test('colours are put around parts, never inside of them', () => {
  const painted = renderProblems([{ ...PROBLEM, hint: 'mend it' }], 'x\n  abc\n', {
    paint: (part, text) => `<${part}>${text}</>`,
  })
  expect(painted).toBe(
    [
      '<place>payments.yaml:2:3</>  <error>this is wrong</>',
      '      2 | <source>  abc</>',
      '        |   <caret>^^^</>',
      '     <hint>mend it</>',
    ].join('\n'),
  )
})

test('nothing in a file or its name can steer a terminal', () => {
  const shown = renderProblems([{ ...PROBLEM, file: 'a\u001b[2Jb' }], 'x\n  \u202eabc\u0085\n')
  expect(shown.split('\n').slice(0, 2)).toEqual(['a\\u001b[2Jb:2:3  this is wrong', '      2 |   \\u202eabc\\u0085'])
})
