import { join } from 'node:path'
import { expect, test } from 'vitest'
import { post } from './clients.ts'
import { folder, ROOT, sluice, Sluice, within } from './sluice.ts'

test('a pipeline is paused and goes on by command: what is sent meanwhile waits, and is delivered then', async () => {
  const cwd = folder()
  const process = new Sluice(['run', join(ROOT, 'config/dead-letters.yaml'), '--admin-port', '0'], {
    cwd,
    env: { PORT: '0', LEDGER: join(cwd, 'ledger.ndjson'), SLUICE_DATA_DIR: join(cwd, 'data') },
  })
  const { url } = await process.logged((line) => line['node'] === 'ingress' && 'url' in line, 'where it listens')
  const { health, pipeline } = await process.isRunning()
  const { port, origin } = new URL(health as string)
  const told = (...args: string[]) => sluice([...args, '--admin', port], { cwd })

  const paused = await told('pause', pipeline as string)
  expect([paused.stdout, paused.exitCode]).toEqual(['paused: ingress\n', 0])
  expect((await fetch(`${origin}/ready`)).status).toBe(503)
  let isAnswered = false
  const answer = post(url as string, '{"id":"p-1","amountMinor":1250,"currency":"EUR"}').finally(
    () => (isAnswered = true),
  )
  const typo = await told('resume', pipeline as string, 'ingres')
  expect([typo.exitCode, typo.stderr]).toEqual([66, expect.stringContaining('did you mean "ingress"?')])
  expect(isAnswered).toBe(false)
  const resumed = await told('resume', pipeline as string)
  expect([resumed.stdout, resumed.exitCode]).toEqual([`nothing of ${pipeline as string} is paused\n`, 0])
  expect((await answer).status).toBe(200)
  process.send('SIGTERM')
  expect((await within(process.ended, () => `the end:\n${process.stderr}`)).exitCode).toBe(0)
  const nobody = await told('pause', pipeline as string)
  expect([nobody.exitCode, nobody.stderr]).toEqual([69, expect.stringContaining('nothing answers at')])
})
