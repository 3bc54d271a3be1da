import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { post } from './clients.ts'
import { folder, ROOT, sluice, Sluice, within } from './sluice.ts'

const CONFIG = join(ROOT, 'config/dead-letters.yaml')

function payment(id: string, currency: string): string {
  return JSON.stringify({ id, amountMinor: 1250, currency })
}

/** The pipeline as a process of its own folder, and its command for dead letters. */
async function running(cwd: string) {
  const ledger = join(cwd, 'ledger.ndjson')
  const process = new Sluice(['run', CONFIG, '--admin-port', '0'], {
    cwd,
    env: { PORT: '0', LEDGER: ledger, SLUICE_DATA_DIR: join(cwd, 'data') },
  })
  const { url } = await process.logged((line) => line['node'] === 'ingress' && 'url' in line, 'where it listens')
  const { port } = new URL((await process.isRunning())['health'] as string)
  const letters = (...args: string[]) => sluice(['dead-letters', ...args, '--admin', port], { cwd })
  const stop = async () => {
    process.send('SIGTERM')
    return await within(process.ended, () => `the end:\n${process.stderr}`)
  }
  return { url: url as string, ledger, letters, stop }
}

async function idsOf(list: Promise<{ readonly stdout: string }>): Promise<string[]> {
  const { letters } = JSON.parse((await list).stdout) as { letters: { id: string }[] }
  return letters.map(({ id }) => id)
}

test('what could not be booked is listed, edited, retried and gone; what fails again stays, also over a restart', async () => {
  const cwd = folder()
  const first = await running(cwd)
  for (const id of ['p-1', 'p-2']) expect((await post(first.url, payment(id, 'CHF'))).status).toBe(422)
  const table = await first.letters('list', '--node', 'bookable', '--since', '1h')
  expect(table.stdout).toMatch(/^ID +NODE +CODE +ATTEMPTS +FAILED AT +DATA\n/)
  expect(table.stdout).toContain('"currency":"CHF"')
  const [last, other] = await idsOf(first.letters('list', '--json'))
  expect((await first.letters('edit', last!, payment('p-2', 'EUR'))).exitCode).toBe(0)
  const retried = await first.letters('retry', '--all')
  expect([retried.stdout, retried.exitCode]).toEqual(['1 delivered, 1 failed again\n', 65])
  expect(readFileSync(first.ledger, 'utf8')).toBe(`${payment('p-2', 'EUR')}\n`)
  expect((await first.stop()).exitCode).toBe(0)

  const second = await running(cwd)
  expect(await idsOf(second.letters('list', '--json'))).toEqual([other])
  const shown = await second.letters('show', other!)
  expect(shown.stdout).toContain('error         SLUICE_FILTER_REJECTED: ')
  for (const id of [last!, '', '..', 'export']) {
    const ended = await second.letters('show', id)
    expect([ended.exitCode, ended.stderr]).toEqual([66, expect.stringContaining(`there is no letter of "${id}"`)])
  }
  await second.stop()
})

test('where nothing runs the store itself is opened: all but a retry is possible there', async () => {
  const cwd = folder()
  const { url, letters, stop } = await running(cwd)
  await post(url, payment('p-1', 'CHF'))
  const store = ['--folder', join(cwd, 'data/dead-letters/dead-letters')]
  const held = await sluice(['dead-letters', 'list', ...store])
  expect([held.exitCode, held.stderr]).toEqual([75, expect.stringContaining('is held by process')])
  const [id] = await idsOf(letters('list', '--json'))
  await stop()
  const exported = await sluice(['dead-letters', 'export', ...store])
  expect(JSON.parse(exported.stdout)).toMatchObject({ id, data: { id: 'p-1' } })
  const refused = await sluice(['dead-letters', 'retry', id!, ...store])
  expect([refused.exitCode, refused.stderr]).toEqual([69, expect.stringContaining('the pipeline does not run')])
  expect((await sluice(['dead-letters', 'purge', ...store])).exitCode).toBe(64)
  const both = await sluice(['dead-letters', 'purge', id!, '--node', 'other', ...store])
  expect([both.exitCode, both.stderr]).toEqual([64, expect.stringContaining('ids or a filter, not both')])
  expect((await sluice(['dead-letters', 'purge', '--before', '0s', ...store])).stdout).toBe('1 letter removed\n')
  expect((await sluice(['dead-letters', 'list', ...store])).stdout).toBe('no letters\n')
})

test('whatever else answers at the address is told from a daemon', async () => {
  const other = createServer((_, response) => response.end('<p>hello')).listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const ended = await sluice(['dead-letters', 'list', '--admin', String(port)])
  other.close()
  expect([ended.exitCode, ended.stderr]).toEqual([69, expect.stringContaining('is not the admin server of Sluice')])
})

test.each([
  [['list', '--admin', '1'], 69, 'nothing answers'],
  [['list', '--folder', '/no/such/store'], 66, 'there is no store'],
  [['list', '--since', 'yesterday'], 64, 'A time is how long ago'],
  [['list', '--count', '0'], 64, 'A count is'],
  [['list', '--folder', ROOT], 66, 'there is no store'],
  [['list', '--config', CONFIG, '--pipeline', 'x'], 66, 'there is no pipeline "x"; say which one'],
  [['show'], 64, 'missing required argument'],
])('dead-letters %j ends with %i and says why', async (args, exitCode, said) => {
  const ended = await sluice(['dead-letters', ...args])
  expect([ended.exitCode, ended.stderr]).toEqual([exitCode, expect.stringContaining(said)])
})
