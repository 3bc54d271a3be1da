import { once } from 'node:events'
import { connect } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { post } from './clients.ts'
import { MAIN_JOB, PAYMENT, payments } from './main-job.ts'
import { folder, sluice, Sluice, within } from './sluice.ts'

const TOKEN = 'a-token-of-enough-characters'

test('an address that other machines can reach is refused without a token, with the two ways out: 78', async () => {
  const { exitCode, stderr } = await sluice(['run', MAIN_JOB, '--admin-port', '0', '--admin-host', '0.0.0.0'])
  expect(exitCode).toBe(78)
  for (const piece of ['SLUICE_ADMIN_TOKEN_MISSING', '--admin-token-file', 'leave out --admin-host'])
    expect(stderr).toContain(piece)
})

test('with the token of a file, metrics are for whoever sends it, under a name that is allowed', async () => {
  const tokenFile = join(folder(), 'token')
  writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 })
  const flags = ['--admin-port', '0', '--admin-host', '0.0.0.0', '--admin-token-file', tokenFile]
  const env = { PORT: '0', LEDGER: join(folder(), 'ledger.ndjson') }
  const process = new Sluice(['run', MAIN_JOB, ...flags, '--admin-allow-host', 'sluice.example'], { env })
  const { metrics } = await process.isRunning()
  const asked = async (headers: Record<string, string>) => (await fetch(metrics as string, { headers })).status
  expect(await asked({})).toBe(401)
  expect(await asked({ authorization: `Bearer ${TOKEN}` })).toBe(200)
  const { port } = new URL(metrics as string)
  const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8')
  socket.write('GET /health HTTP/1.1\r\nHost: sluice.example\r\nConnection: close\r\n\r\n')
  const [answer] = (await once(socket, 'data')) as [string]
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
})

test('more silent connections than there is room for, at both doors, keep nobody waiting, and the process from nothing', async () => {
  const { process, url, health } = await payments()
  const ports = [url, health].map((address) => Number(new URL(address).port))
  const silent = ports.flatMap((port) =>
    Array.from({ length: 1100 }, () => connect(port, '127.0.0.1').on('error', () => {})),
  )
  await Promise.all(silent.map((socket) => once(socket, 'connect')))
  expect((await fetch(health)).status).toBe(200)
  expect((await post(url, JSON.stringify(PAYMENT))).status).toBe(204)
  process.send('SIGTERM')
  const { exitCode } = await within(process.ended, () => `the end:\n${process.stderr}`)
  expect(exitCode).toBe(0)
  for (const socket of silent) socket.destroy()
})
