import { chmodSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { file, folder, logLines, sluice, Sluice, until, within } from './sluice.ts'

/** Makes messages for ever, into standard output. */
function endless(stopTimeout: string, generate = '{}'): string {
  return file(`pipeline: endless
stopTimeout: ${stopTimeout}
producers:
  numbers: { generate: ${generate} }
consumers:
  output: { from: numbers, stdout: {} }
`)
}

/** A process that can't drain: nobody reads its standard output, and a single message is more than a pipe holds. */
async function stuck(stopTimeout: string): Promise<Sluice> {
  const large = `{ template: "${'x'.repeat(200_000)}" }`
  const process = new Sluice(['run', endless(stopTimeout, large), '--admin-port', '0'], { isDeaf: true })
  const { health } = await process.isRunning()
  await until(
    async () => {
      const { pipelines } = (await (await fetch(health as string)).json()) as { pipelines: { unacked: number }[] }
      return pipelines[0]!.unacked > 0
    },
    () => 'messages without an outcome',
  )
  return process
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s ends an endless pipeline well: what was made is written in whole lines, 0',
  async (signal) => {
    const process = new Sluice(['run', endless('25s'), '--admin-port', '0'])
    await process.isRunning()
    process.send(signal)
    const { exitCode, stdout, stderr } = await within(process.ended, () => `the end:\n${process.stderr}`)
    expect(exitCode, stderr).toBe(0)
    const written = stdout.trimEnd().split('\n')
    expect(written.every((line, index) => line === `{"index":${index}}`)).toBe(true)
    const end = logLines(stderr).at(-1)
    expect(end).toMatchObject({ acked: written.length, failed: 0, left: [], drain: { hasPassedDeadline: false } })
    expect(end?.msg).toMatch(
      /^stopped: drained in [\d.]+ s; \d+ messages? (?:was|were) delivered meanwhile, 0 failed, nothing is left$/,
    )
  },
)

test('a drain that takes longer than stopTimeout ends with 1, and says which node had how many messages', async () => {
  const process = await stuck('200ms')
  process.send('SIGTERM')
  const { exitCode, stderr } = await within(process.ended, () => `the end:\n${process.stderr}`)
  expect(exitCode, stderr).toBe(1)
  const log = logLines(stderr)
  const report = log.find(({ drain }) => drain !== undefined)
  expect(report).toMatchObject({ level: 'error', drain: { hasPassedDeadline: true } })
  expect(report?.msg).toMatch(/^the drain took longer than 0\.2 s; .* failed back to where it came from: .*output \d+/)
  expect(report?.['left']).toContainEqual({ node: 'output', messages: expect.any(Number) })
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('a second %s stops at once: %i', async (signal, exitCode) => {
  const process = await stuck('1h')
  process.send('SIGTERM')
  await process.logged(({ msg }) => msg.startsWith('SIGTERM: finishing'), 'the answer to the first signal')
  // The same signal within 300 ms is taken for an echo of the first; another one comes from somebody else.
  const insist = setInterval(() => process.send(signal), 50)
  try {
    expect((await within(process.ended, () => `the end:\n${process.stderr}`)).exitCode).toBe(exitCode)
  } finally {
    clearInterval(insist)
  }
})

test('an admin port in use is told with the port and the way out, and nothing starts: 71', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { exitCode, stdout, stderr } = await sluice(['run', endless('1s'), '--admin-port', String(port)])
  other.close()
  expect(exitCode, stderr).toBe(71)
  expect(stdout).toBe('')
  expect(stderr).toContain(`127.0.0.1:${port}`)
  expect(stderr).toContain('--admin-port')
  expect(stderr).not.toMatch(/^\s+at /m)
})

function into(path: string): string {
  return file(`pipeline: ledger
producers:
  numbers: { generate: { count: 1 } }
consumers:
  ledger: { from: numbers, file: ${path} }
`)
}

test.each([
  ['in a folder that is not there', 73, () => `${folder()}/nowhere/ledger.ndjson`],
  ['that is a folder', 73, () => folder()],
])('a ledger %s is told in one line: %i', async (_, expected, pathOf) => {
  const path = pathOf()
  const { exitCode, stderr } = await sluice(['run', into(path), '--admin-port', '0'])
  expect(exitCode, stderr).toBe(expected)
  const errors = logLines(stderr).filter(({ level }) => level === 'error')
  expect(errors).toHaveLength(1)
  expect(errors[0]?.msg).toContain("ledger can't be opened")
  expect(errors[0]?.msg).toContain(path)
})

test.skipIf(process.getuid?.() === 0)('a ledger that this user may not write is told in one line: 77', async () => {
  const path = file('', 'ledger.ndjson')
  chmodSync(path, 0o400)
  const { exitCode, stderr } = await sluice(['run', into(path), '--admin-port', '0'])
  expect(exitCode, stderr).toBe(77)
  expect(logLines(stderr).filter(({ level }) => level === 'error')).toHaveLength(1)
})
