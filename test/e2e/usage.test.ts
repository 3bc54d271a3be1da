import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ROOT, sluice } from './sluice.ts'

const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string }

test('--help names every command, shows examples, and exits with 0', async () => {
  const { exitCode, stdout, stderr } = await sluice(['--help'])
  expect(exitCode).toBe(0)
  expect(stderr).toBe('')
  for (const piece of ['run', 'validate', 'schema', '--version', '$ sluice run config/payments.yaml'])
    expect(stdout).toContain(piece)
})

test('run --help says what signals do and what the exit codes mean', async () => {
  const { exitCode, stdout } = await sluice(['run', '--help'])
  expect(exitCode).toBe(0)
  for (const piece of ['<file...>', '--admin-port', 'SIGTERM', 'Exit codes', '78']) expect(stdout).toContain(piece)
})

test('--version is that of the package', async () => {
  expect(await sluice(['--version'])).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: '' })
})

test.each([
  ['an unknown command', ['rnu', 'x.yaml'], ["error: unknown command 'rnu'", '(Did you mean run?)', '`sluice --help`']],
  [
    'an unknown option',
    ['run', '--admin-prt', '1', 'x'],
    ["unknown option '--admin-prt'", '(Did you mean --admin-port?)', '`sluice run --help`'],
  ],
  ['a missing file name', ['run'], ["missing required argument 'file'", '`sluice run --help`']],
  ['a file name too many', ['schema', 'a.yaml', 'b.yaml'], ['too many arguments']],
  ['a port that is none', ['run', 'a.yaml', '--admin-port', '70000'], ["'70000' is invalid", 'from 0 to 65535']],
  ['an address that is none', ['run', 'a.yaml', '--admin-host', ''], ["argument '' is invalid", '10.0.0.7']],
  [
    'an admin address that is none, of overflow list',
    ['overflow', 'list', '--admin', 'foo:bar:baz'],
    ["'foo:bar:baz' is invalid", 'host:port'],
  ],
  [
    'an admin address that is none, of dead-letters list',
    ['dead-letters', 'list', '--admin', 'foo:bar:baz'],
    ["'foo:bar:baz' is invalid", 'host:port'],
  ],
  [
    'an admin address that is none, of dump',
    ['dump', '--admin', 'foo:bar:baz'],
    ["'foo:bar:baz' is invalid", 'host:port'],
  ],
  ['the store of a pipeline without its file', ['overflow', 'peek', 'ingress'], ['name it with --config']],
  ['no command at all', [], ['Usage: sluice']],
])('%s is told in a few lines on standard error, with the way to help: 64', async (_, args, pieces) => {
  const { exitCode, stdout, stderr } = await sluice(args)
  expect(exitCode).toBe(64)
  expect(stdout).toBe('')
  for (const piece of pieces) expect(stderr).toContain(piece)
  expect(stderr).not.toMatch(/^\s+at /m)
})
