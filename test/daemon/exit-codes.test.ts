import { expect, test } from 'vitest'
import { ConfigError } from '../../src/config/errors.ts'
import type { ConfigErrorCode } from '../../src/config/errors.ts'
import { placeError } from '../../src/core/errors.ts'
import { exitCodeOfReports, exitCodeOfConfig, exitCodeOfOpening } from '../../src/daemon/exit-codes.ts'
import type { PipelineReport } from '../../src/daemon/report.ts'

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code })
}

test.each([
  ['EADDRINUSE', 71],
  ['EMFILE', 71],
  ['EACCES', 77],
  ['ENOENT', 73],
  ['EISDIR', 73],
  ['ENOSPC', 74],
  ['ECONNREFUSED', 69],
])('what keeps a node from opening decides the exit code: %s', (code, exitCode) => {
  expect(exitCodeOfOpening(systemError(code))).toBe(exitCode)
})

test('the system error is found behind the errors that were made of it', () => {
  const error = placeError('SLUICE_X', 'outer', placeError('SLUICE_Y', 'inner', systemError('EACCES')))
  expect(exitCodeOfOpening(error)).toBe(77)
})

test('an error without a system error, and one that is its own cause, are internal', () => {
  const circle: Error = new Error('round')
  circle.cause = circle
  expect(exitCodeOfOpening(circle)).toBe(70)
  expect(exitCodeOfOpening(Object.assign(new Error('odd'), { code: 'toString' }))).toBe(70)
  expect(exitCodeOfOpening('not even an error')).toBe(70)
})

const ENDED: PipelineReport = {
  pipeline: 'p',
  outcome: 'finished',
  error: undefined,
  node: undefined,
  left: [],
  hasOpened: true,
  unanswered: 0,
  drain: undefined,
  restarts: 0,
  endsProcess: false,
}
const UNANSWERED: PipelineReport = { ...ENDED, unanswered: 1 }
const LATE: PipelineReport = { ...UNANSWERED, outcome: 'deadline' }
const FAILED: PipelineReport = { ...UNANSWERED, outcome: 'failed', error: new Error('x') }
const UNOPENED: PipelineReport = { ...FAILED, hasOpened: false, error: systemError('EADDRINUSE') }

test.each([
  ['ended', [ENDED, { ...ENDED, outcome: 'stopped' as const }], 0],
  ['had failures that nobody was told of', [ENDED, UNANSWERED], 65],
  ['drained too slowly, whatever else', [UNANSWERED, LATE], 1],
  ['failed, whatever else', [LATE, FAILED], 70],
  ["couldn't be opened", [ENDED, UNOPENED], 71],
  ['failed, of which one took the process with it', [FAILED, { ...UNOPENED, endsProcess: true }], 71],
])('pipelines that %s: the gravest decides', (_, reports, exitCode) => {
  expect(exitCodeOfReports(reports)).toBe(exitCode)
})

test.each([
  ['SLUICE_CONFIG_FILE_MISSING', 66],
  ['SLUICE_CONFIG_FILE_DIRECTORY', 66],
  ['SLUICE_CONFIG_FILE_PERMISSION', 77],
  ['SLUICE_CONFIG_FILE_IO', 74],
  ['SLUICE_CONFIG_YAML_SYNTAX', 78],
  ['SLUICE_CONFIG_CYCLE', 78],
] satisfies [ConfigErrorCode, number][])('a config that is refused with %s ends with %i', (code, exitCode) => {
  const error = new ConfigError('x.yaml', [{ code, severity: 'error', file: 'x.yaml', path: [], message: 'wrong' }])
  expect(exitCodeOfConfig(error)).toBe(exitCode)
})
