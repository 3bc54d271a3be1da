import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { file, folder, logLines, Sluice, sluice, within, type Ended } from './sluice.ts'

const FILTER = `pipeline: lines
producers:
  lines: { stdin: { maxLine: 1KiB } }
consumers:
  output: { from: lines, stdout: {} }
`

async function filtered(input: Buffer): Promise<Ended> {
  const process = new Sluice(['run', file(FILTER), '--admin-port', '0'])
  process.process.stdin.end(input)
  return await within(process.ended, () => `the end:\n${process.stderr}`)
}

const bytes = (...parts: readonly (string | number)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))))

test('each line of standard input that cannot be read is told with its number, code and way out; the others pass: 65', async () => {
  const input = bytes(
    '{"n":1}\r\n',
    '{"n":',
    0xff,
    '}\n{"n":\0}\n',
    `"${'x'.repeat(2000)}"\n`,
    '{"n"\n',
    '{"n":1e999}\n',
    `${'['.repeat(65)}\n`,
    '\r\n\n',
    '\ufeff{"n":0}\n',
    '{"__proto__":{"n":1},"n":2}\n',
    '{"n":3}',
  )
  const { exitCode, stdout, stderr } = await filtered(input)
  expect(exitCode, stderr).toBe(65)
  expect(stdout).toBe('{"n":1}\n{"__proto__":{"n":1},"n":2}\n{"n":3}\n')
  const skipped = logLines(stderr).filter(({ msg }) => msg.startsWith('skipped'))
  expect(skipped.map(({ line, code }) => `${String(line)} ${String(code)}`)).toEqual([
    '2 SLUICE_INPUT_NOT_UTF8',
    '3 SLUICE_INPUT_NOT_JSON',
    '4 SLUICE_INPUT_LINE_TOO_LONG',
    '5 SLUICE_INPUT_NOT_JSON',
    '6 SLUICE_INPUT_NUMBER_INEXACT',
    '7 SLUICE_INPUT_TOO_DEEP',
    '10 SLUICE_INPUT_NOT_JSON',
  ])
  for (const { msg, line, hint } of skipped) {
    expect(msg).toContain(`line ${String(line)}`)
    expect(hint).toEqual(expect.any(String))
  }
})

test.each([
  ['a byte order mark, lines as on Windows, and no end of the last one', bytes('\ufeff{"n":1}\r\n{"n":2}'), [1, 2]],
  ['nothing', bytes(), []],
  ['empty lines', bytes('\n\r\n\n'), []],
])('standard input with %s is no mistake: 0', async (_, input, numbers) => {
  const { exitCode, stdout, stderr } = await filtered(input)
  expect(exitCode, stderr).toBe(0)
  expect(stdout).toBe(numbers.map((n) => `{"n":${n}}\n`).join(''))
  expect(logLines(stderr).filter(({ level }) => level !== 'info')).toEqual([])
})

test('a megabyte of zeros is one line that is too long', async () => {
  const { exitCode, stdout, stderr } = await filtered(Buffer.alloc(1_000_000))
  expect({ exitCode, stdout }).toEqual({ exitCode: 65, stdout: '' })
  expect(stderr).toContain('line 1 has 1000000 bytes, more than the 1024 that are allowed')
})

test('SIGUSR1 opens no inspector, and ends nothing', async () => {
  const process = new Sluice(['run', file(FILTER), '--admin-port', '0'])
  await process.isRunning()
  process.send('SIGUSR1')
  process.process.stdin.end('{"n":1}\n')
  const { exitCode, stdout, stderr } = await within(process.ended, () => `the end:\n${process.stderr}`)
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '{"n":1}\n' })
  expect(stderr).not.toContain('Debugger')
})

/** Somebody who may not do everything. */
const NOBODY = process.getuid?.() === 0 ? 65_534 : undefined

const DOOR = 'pipeline: a\nproducers: { in: { http: { port: 80 } } }\nconsumers: { out: { from: in, discard: {} } }\n'
const INTO =
  'pipeline: a\nproducers: { in: { generate: { count: 1 } } }\nconsumers: { out: { from: in, file: "${LEDGER}" } }\n'

/** A path that only the superuser may use: a folder or a file of somebody else, or of nobody. */
function closed(path: string): string {
  chmodSync(path, 0)
  return path
}

/** A folder that anybody can look into. */
function open(): string {
  const path = folder()
  chmodSync(path, 0o755)
  return path
}

function readable(text: string): string {
  const path = join(open(), 'pipeline.yaml')
  writeFileSync(path, text, { mode: 0o644 })
  return path
}

/** Below this port only the superuser may listen, on most machines. */
function hasPrivilegedPorts(): boolean {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')) > 80
  } catch {
    return false
  }
}

describe('what this user may not do is told with the place and the way out: 77', () => {
  const expectRefused = async (
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    said: readonly string[],
  ): Promise<void> => {
    const { exitCode, stdout, stderr } = await sluice(args, { uid: NOBODY, env: { ...env, XDG_CACHE_HOME: '' } })
    expect(exitCode, stderr).toBe(77)
    expect(stdout).toBe('')
    for (const part of said) expect(stderr).toContain(part)
    expect(stderr).not.toMatch(/^\s+at /m)
  }

  test('to read a config', async () => {
    const path = closed(readable(FILTER))
    await expectRefused(['validate', path], {}, [path, 'the file may not be read', 'read permission'])
  })

  test('to look into a folder', async () => {
    const path = join(open(), 'closed')
    mkdirSync(path)
    writeFileSync(join(path, 'a.yaml'), FILTER)
    closed(path)
    try {
      await expectRefused(['run', path], {}, [path, 'the file may not be read'])
    } finally {
      chmodSync(path, 0o755)
    }
  })

  test('to write a ledger', async () => {
    const ledger = join(dirname(closed(readable(''))), 'pipeline.yaml')
    await expectRefused(['run', readable(INTO), '--admin-port', '0'], { LEDGER: ledger }, [
      'SLUICE_FILE_FORBIDDEN',
      'permissions',
    ])
  })

  test.skipIf(!hasPrivilegedPorts())('to listen on a port below 1024', async () => {
    await expectRefused(['run', readable(DOOR), '--admin-port', '0'], {}, [
      'SLUICE_LISTEN_FORBIDDEN',
      '127.0.0.1:80',
      'from 1024 on',
    ])
    await expectRefused(['run', readable(DOOR), '--admin-port', '80'], {}, [
      'SLUICE_ADMIN_LISTEN_FAILED',
      '127.0.0.1:80',
      '--admin-port',
    ])
  })
})
