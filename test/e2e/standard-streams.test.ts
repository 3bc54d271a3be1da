import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, closeSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { post } from './clients.ts'
import { entries, MAIN_JOB, PAYMENT } from './main-job.ts'
import { CLI, file, folder, logLines, ROOT, until, within } from './sluice.ts'

/** A disk without room, where the system has one. */
const FULL = '/dev/full'
const hasFull = existsSync(FULL)

const endings: (() => void)[] = []
afterEach(() => {
  for (const end of endings.splice(0)) end()
})

/** Runs a line of shell in which `sluice` is the command. */
async function shell(line: string): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const command = `sluice() { "${process.execPath}" "${CLI}" "$@"; }`
  const child = spawn('sh', ['-c', `${command}; ${line}`], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  endings.push(() => child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [exitCode] = (await within(once(child, 'close'), () => `the end of ${line}:\n${stderr}`)) as [number]
  return { exitCode, stdout, stderr }
}

test('a folder as standard input is told as such: 66', async () => {
  const { exitCode, stdout, stderr } = await shell(`sluice run config/shell-filter.yaml --admin-port 0 <"${tmpdir()}"`)
  expect(exitCode, stderr).toBe(66)
  expect(stdout).toBe('')
  const errors = logLines(stderr).filter(({ level }) => level === 'error')
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatchObject({ code: 'SLUICE_STDIN_FAILED', msg: expect.stringContaining('is a folder') })
})

/** The reader is gone before anything is written: a named pipe says when that is. */
function intoNobody(command: string): string {
  const gone = join(folder(), 'gone')
  return `mkfifo "${gone}"; { read -r _ <"${gone}"; ${command}; echo "exit $?" >&2; } | { exec <&-; echo >"${gone}"; }`
}

test.each([
  ['--help', '-h', 0],
  ['validate of a good file', 'validate config/payments.yaml', 0],
  ['validate of a file that is not there', 'validate nowhere.yaml', 66],
])('%s into a pipe that nobody reads says nothing of that, and exits as ever', async (_, args, exitCode) => {
  const { stderr } = await shell(intoNobody(`sluice ${args}`))
  expect(stderr).toContain(`exit ${exitCode}\n`)
  expect(stderr).not.toMatch(/EPIPE|^\s+at /m)
})

test('a standard error that nobody reads keeps no exit code from being told', async () => {
  const { stdout } = await shell(`exec 3>&1; ${intoNobody('sluice validate nowhere.yaml 2>&1; echo "exit $?" >&3')}`)
  expect(stdout).toBe('exit 66\n')
})

test('mistakes that fill a pipe come whole, however late they are read: 78', async () => {
  const nodes = Array.from({ length: 150 }, (_, n) => `  n${n}: { from: in, discard: {}, ${'x'.repeat(200)}: ${n} }\n`)
  const path = file(`pipeline: a\nproducers: { in: { generate: {} } }\nconsumers:\n${nodes.join('')}`)
  const pipe = join(folder(), 'errors')
  const reader = `exec 3<"${pipe}"; read -r _ <&3; cat <&3`
  const { stdout } = await shell(
    `mkfifo "${pipe}"; { sluice validate "${path}" 2>"${pipe}"; echo "exit $?"; } & { ${reader}; wait; }`,
  )
  expect(stdout.length).toBeGreaterThan(70_000)
  expect(stdout).toMatch(/\n150 mistakes\n/)
  expect(stdout).toContain('exit 78\n')
})

test.skipIf(!hasFull).each(['-h', '--version', 'validate config/payments.yaml'])(
  '%s onto a full disk is told in one line: 74',
  async (args) => {
    const { exitCode, stderr } = await shell(`sluice ${args} >${FULL}`)
    expect(exitCode, stderr).toBe(74)
    expect(stderr).toBe('sluice: standard output cannot be written to (ENOSPC)\n')
  },
)

test.skipIf(!hasFull)(
  'a filter whose output is on a full disk waits for room, and fails its messages where it is told to give up: 65',
  async () => {
    const filter = file(
      'pipeline: full\nproducers: { n: { generate: { count: 1 } } }\nconsumers: { out: { from: n, giveUpAfter: 100ms, stdout: {} } }\n',
    )
    const { exitCode, stderr } = await shell(`sluice run "${filter}" --admin-port 0 >${FULL}`)
    expect(exitCode, stderr).toBe(65)
    expect(logLines(stderr)).toContainEqual(expect.objectContaining({ code: 'SLUICE_GIVEN_UP' }))
  },
)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

test.skipIf(!hasFull)('a log on a full disk stops nothing: payments are answered, and SIGTERM drains: 0', async () => {
  const ledger = join(folder(), 'ledger.ndjson')
  const port = await freePort()
  const log = openSync(FULL, 'w')
  const daemon = spawn(process.execPath, [CLI, 'run', MAIN_JOB, '--admin-port', '0'], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), LEDGER: ledger, SLUICE_DATA_DIR: join(dirname(ledger), 'data') },
    stdio: ['ignore', 'ignore', log],
  })
  closeSync(log)
  endings.push(() => daemon.kill('SIGKILL'))
  const ended = once(daemon, 'exit')
  const url = `http://127.0.0.1:${port}/payments`
  const send = (payment: object): Promise<number> =>
    post(url, JSON.stringify(payment)).then(
      ({ status }) => status,
      () => 0,
    )
  await until(
    async () => (await send(PAYMENT)) === 204,
    () => 'a payment that is taken',
  )
  // Each of the first two is a line of the log; the third shows that these were survived.
  expect(await send({ id: 1 })).toBe(204)
  expect(await send({ ...PAYMENT, amountMinor: 'x' })).toBe(204)
  expect(await send({ ...PAYMENT, id: 'p-2' })).toBe(204)
  await until(
    () => existsSync(ledger) && entries(ledger).some(({ id }) => id === 'p-2'),
    () => 'the last payment in the ledger',
  )
  daemon.kill('SIGTERM')
  expect(await within(ended, () => 'the end after SIGTERM')).toEqual([0, null])
  expect(entries(ledger).map(({ id }) => id)).toEqual([PAYMENT.id, 'p-2'])
})
