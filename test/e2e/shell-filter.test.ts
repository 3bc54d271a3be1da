import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { CLI, file, logLines, ROOT, sluice, Sluice, until, within } from './sluice.ts'

const RUN = ['run', 'config/shell-filter.yaml', '--admin-port', '0']

function lines(count: number, levelOf: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${JSON.stringify({ index, level: levelOf(index) })}\n`).join('')
}

test('standard output carries what passes the filter, in order, and nothing else: 0', async () => {
  const input = lines(10_000, (index) => (index % 3 === 0 ? 'error' : 'info'))
  const { exitCode, stdout, stderr } = await sluice(RUN, { input })
  expect(exitCode, stderr).toBe(0)
  expect(stdout).toBe(
    input
      .split('\n')
      .filter((line) => line.includes('error'))
      .map((line) => `${line}\n`)
      .join(''),
  )
  expect(logLines(stderr).map(({ msg }) => msg)).toEqual(
    expect.arrayContaining(['shell-filter is running', 'finished']),
  )
})

test('every line of the log is JSON where standard error is no terminal', async () => {
  const { stderr } = await sluice(RUN, { input: 'nope\n' })
  for (const line of stderr.trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow()
})

test('an empty input is no mistake', async () => {
  expect(await sluice(RUN, { input: '' })).toMatchObject({ exitCode: 0, stdout: '' })
})

test('a broken line is left out and reported with its number, the others pass: 65', async () => {
  const { exitCode, stdout, stderr } = await sluice(RUN, {
    input: '{"level":"error","n":1}\n{"level":\n{"level":"error","n":2}\n',
  })
  expect(exitCode).toBe(65)
  expect(stdout).toBe('{"level":"error","n":1}\n{"level":"error","n":2}\n')
  expect(logLines(stderr)).toContainEqual(
    expect.objectContaining({ level: 'warn', node: 'lines', line: 2, code: 'SLUICE_INPUT_NOT_JSON' }),
  )
})

test('a flood of broken lines is no flood of log lines', async () => {
  const { exitCode, stderr } = await sluice(RUN, { input: 'nope\n'.repeat(100_000) })
  expect(exitCode).toBe(65)
  expect(stderr.split('\n').length).toBeLessThan(50)
})

test('a line that is too long is reported, the others pass: 65', async () => {
  const { exitCode, stdout, stderr } = await sluice(RUN, { input: `"${'x'.repeat(2_000_000)}"\n{"level":"error"}\n` })
  expect(exitCode).toBe(65)
  expect(stdout).toBe('{"level":"error"}\n')
  expect(logLines(stderr)).toContainEqual(
    expect.objectContaining({ level: 'warn', line: 1, code: 'SLUICE_INPUT_LINE_TOO_LONG' }),
  )
})

test('a message that a filter rejects is reported, the others pass: 65', async () => {
  const strict = file(`pipeline: strict
producers:
  lines: { stdin: {} }
stages:
  positive: { from: lines, filter: { when: data > 0, reject: true } }
consumers:
  output: { from: positive, stdout: {} }
`)
  const { exitCode, stdout, stderr } = await sluice(['run', strict, '--admin-port', '0'], { input: '1\n-1\n2\n-2\n' })
  expect(exitCode).toBe(65)
  expect(stdout).toBe('1\n2\n')
  const failures = logLines(stderr).filter(({ code }) => code === 'SLUICE_FILTER_REJECTED')
  expect(failures.map(({ msg }) => msg.split(':')[0])).toEqual([
    'a message failed at positive',
    '1 more message failed at positive; the last one',
  ])
})

test('| head -1: the reader has enough, and the filter ends well, without a word of error', async () => {
  const shell = spawn(
    'sh',
    ['-c', `yes '{"level":"error"}' | "${process.execPath}" "${CLI}" ${RUN.join(' ')} | head -1`],
    { cwd: ROOT },
  )
  let stdout = ''
  let stderr = ''
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  shell.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  await within(once(shell, 'close'), () => `the end of the pipe:\n${stderr}`)
  expect(stdout).toBe('{"level":"error"}\n')
  expect(logLines(stderr).filter(({ level }) => level !== 'info')).toEqual([])
  expect(logLines(stderr).at(-1)?.msg).toContain('whoever read standard output has closed it')
})

test('a closed standard output ends an endless filter, although its input goes on: 0', async () => {
  const filter = new Sluice(RUN, { isDeaf: true })
  await filter.isRunning()
  filter.process.stdout.destroy()
  const feed = setInterval(() => filter.process.stdin.write('{"level":"error"}\n'), 5)
  try {
    const { exitCode, stderr } = await within(filter.ended, () => `the end:\n${filter.stderr}`)
    expect(exitCode, stderr).toBe(0)
  } finally {
    clearInterval(feed)
  }
})

test('two filters in one pipe work together', async () => {
  const command = `"${process.execPath}" "${CLI}" ${RUN.join(' ')}`
  const shell = spawn('sh', ['-c', `${command} | ${command}`], { cwd: ROOT })
  let stdout = ''
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  shell.stderr.resume()
  shell.stdin.end('{"level":"info"}\n{"level":"error"}\n')
  await within(once(shell, 'close'), () => 'the end of the pipe')
  expect(stdout).toBe('{"level":"error"}\n')
})

test('what a reader takes late comes whole and in order', async () => {
  const filter = new Sluice(RUN, { isDeaf: true })
  const input = lines(200_000, () => 'error')
  filter.process.stdin.end(input)
  await filter.isRunning()
  let stdout = ''
  filter.process.stdout.on('data', (text: string) => (stdout += text))
  const { exitCode } = await within(filter.ended, () => `the end:\n${filter.stderr}`)
  expect(exitCode).toBe(0)
  expect(stdout === input).toBe(true)
})

test('SIGTERM ends a filter whose input stays open, after what it has read: 0', async () => {
  const filter = new Sluice(RUN)
  filter.process.stdin.write('{"level":"error"}\n')
  await until(
    () => filter.stdout !== '',
    () => `a line:\n${filter.stderr}`,
  )
  filter.send('SIGTERM')
  const { exitCode, stdout } = await within(filter.ended, () => `the end:\n${filter.stderr}`)
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '{"level":"error"}\n' })
})
