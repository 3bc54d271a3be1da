import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { replay } from '../../src/testing/replay/replay.ts'
import { folder, ROOT, sluice, Sluice, until, within } from './sluice.ts'

const HANGING = `
import { definePipeline } from 'sluice'
import { each } from 'sluice/consumers'
import { generate } from 'sluice/producers'

export default definePipeline('payments', (p) => {
  const numbers = p.producer('numbers', generate({ template: { iban: 'DE021203' } }))
  p.consumer('ledger', numbers, each(() => new Promise(() => {})))
})
`

/** A pipeline whose consumer hangs. */
async function hanging() {
  const cwd = folder()
  writeFileSync(join(cwd, 'payments.mjs'), HANGING)
  const process = new Sluice(['run', 'payments.mjs', '--admin-port', '0'], { cwd })
  const { health } = await process.isRunning()
  const isStuck = async () => ((await (await fetch(health as string)).json()) as Health).pipelines[0]!.inFlight > 0
  await until(isStuck, () => 'messages in flight')
  const { port } = new URL(health as string)
  return { cwd, process, isStuck, dump: (...args: string[]) => sluice(['dump', ...args, '--admin', port], { cwd }) }
}

interface Health {
  readonly pipelines: readonly { readonly inFlight: number }[]
}

const simulated = (...args: string[]) =>
  spawnSync(process.execPath, [join(ROOT, 'test/simulation/simulate.mjs'), ...args], { encoding: 'utf8' })

test('SIGQUIT writes what a pipeline that hangs remembers, and it runs on; the file is told in words and replayed', async () => {
  const { cwd, process, isStuck } = await hanging()
  process.send('SIGQUIT')
  const { recording } = await process.logged((line) => 'recording' in line, 'where the recording is')
  const path = recording as string
  expect(readdirSync(join(cwd, '.sluice/recordings')).map((name) => join(cwd, '.sluice/recordings', name))).toEqual([
    path,
  ])
  expect(await isStuck()).toBe(true)
  const text = readFileSync(path, 'utf8')
  expect(text).not.toContain('DE021203')
  expect(replay(JSON.parse(text))).toMatchObject({ isSame: true })
  const told = await sluice(['dump', '--read', path, '--events', '3'])
  expect(told.exitCode).toBe(0)
  for (const piece of ['payments, which was running', 'because of SIGQUIT', 'The last 3 of', 'numbers → ledger'])
    expect(told.stdout).toContain(piece)
  const again = simulated('--replay', path)
  expect([again.status, again.stdout]).toEqual([0, expect.stringContaining('come to the same state')])

  const other = JSON.parse(text) as { events: { event: string; count: number }[] }
  other.events.find(({ event }) => event === 'dispatch')!.count++
  writeFileSync(path, JSON.stringify(other))
  const different = simulated('--replay', path)
  expect([different.status, different.stdout]).toEqual([1, expect.stringContaining('numbers → ledger')])
})

test('sluice dump asks the daemon that runs, and says where the files are', async () => {
  const { cwd, dump } = await hanging()
  const dumped = await dump()
  const [path, ...rest] = dumped.stdout.split('\n')
  expect([dumped.exitCode, path]).toEqual([
    0,
    expect.stringMatching(/^\.sluice\/recordings\/payments-\d{8}T\d{9}Z-dump\.json$/),
  ])
  expect(rest.join('\n')).toContain('sluice dump --read')
  expect(replay(JSON.parse(readFileSync(join(cwd, path!), 'utf8')))).toMatchObject({ isSame: true })
  expect(JSON.parse((await dump('payments', '--output', '-')).stdout)).toMatchObject({ pipeline: 'payments' })
  const unknown = await dump('paymnts')
  expect([unknown.exitCode, unknown.stderr]).toEqual([66, expect.stringContaining('did you mean "payments"?')])
  writeFileSync(join(cwd, 'file'), '')
  const unwritable = await dump('--output', 'file')
  expect([unwritable.exitCode, unwritable.stderr]).toEqual([73, expect.stringContaining("can't be written to")])
})

test('without the token of the daemon there is no recording: 77', async () => {
  const cwd = folder()
  writeFileSync(join(cwd, 'payments.mjs'), HANGING)
  const env = { SLUICE_ADMIN_TOKEN: 'a-token-of-enough-characters' }
  const process = new Sluice(['run', 'payments.mjs', '--admin-port', '0'], { cwd, env })
  const { port } = new URL((await process.isRunning())['health'] as string)
  const refused = await sluice(['dump', '--admin', port])
  expect([refused.exitCode, refused.stderr]).toEqual([77, expect.stringContaining('SLUICE_ADMIN_TOKEN')])
  expect((await sluice(['dump', '--admin', port, '--output', '-'], { env })).exitCode).toBe(0)
  await process.kill()
  await within(process.ended, () => 'the end')
})

test.each([
  [['--admin', '1'], 69, 'nothing answers'],
  [['--admin', '1'], 69, 'start the daemon with `sluice run`'],
  [['payments.yaml'], 64, '"payments.yaml" is no name of a pipeline'],
  [['.sluice/recordings/payments.json'], 64, 'sluice dump --read .sluice/recordings/payments.json'],
  [['--read', '/no/such/file'], 66, 'there is no such file'],
  [['--read', ROOT], 66, "can't be read"],
  [['--read', join(ROOT, 'README.md')], 65, 'is not JSON'],
  [['--read', join(ROOT, 'package.json')], 65, 'is no recording'],
  [['payments', '--read', 'x'], 64, '--read takes a file'],
  [['--events', 'many'], 64, 'A number of events is'],
])('dump %j ends with %i and says why', async (args, exitCode, said) => {
  const ended = await sluice(['dump', ...args])
  expect([ended.exitCode, ended.stderr]).toEqual([exitCode, expect.stringContaining(said)])
  expect(ended.stderr).not.toMatch(/^\s+at |dead-letters/m)
})

test.each([
  ['/no/such/file', 66],
  [join(ROOT, 'package.json'), 65],
])('simulate --replay %s ends with %i', (path, exitCode) => {
  const { status, stderr } = simulated('--replay', path)
  expect([status, stderr]).toEqual([exitCode, expect.stringMatching(/^"\//)])
})
