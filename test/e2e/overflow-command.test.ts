import { execFile } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { post } from './clients.ts'
import { Place } from './overflow-place.ts'
import { CLI, file, ROOT, sluice, Sluice } from './sluice.ts'

const CONFIG = `pipeline: kept
plugins: ['${join(ROOT, 'config/plugins/slow.ts')}']
producers:
  ingress: { http: { port: '\${PORT}' }, durable: true }
stages:
  slow: { from: ingress, slow: 1d, timeout: 1d, demand: 10 }
consumers:
  end: { from: slow, overflow: true, discard: }
`

/** A pipeline that has stored so many messages and stands still, and the command on its stores. */
async function standing(messages: number) {
  const config = file(CONFIG)
  const cwd = dirname(config)
  const env = { PORT: '0', SLUICE_DATA_DIR: join(cwd, 'data') }
  const process = new Sluice(['run', config, '--admin-port', '0'], { cwd, env })
  const { url } = await process.logged((line) => line['node'] === 'ingress' && 'url' in line, 'where it listens')
  const { port } = new URL((await process.isRunning())['health'] as string)
  const body = Array.from({ length: messages }, (_, index) => ({ n: index + 1 }))
  expect((await post(url as string, JSON.stringify(body))).status).toBe(204)
  const overflow = (...args: string[]) => sluice(['overflow', ...args], { cwd, env })
  return { config, cwd, port, process, overflow }
}

function numbersIn(lines: string): number[] {
  return lines
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { data: { n: number } }).data.n)
}

test('what a daemon that runs has stored is listed and shown; its stores are its own, and it is named', async () => {
  const { config, port, process, overflow } = await standing(30)
  const table = await overflow('list', '--admin', port)
  expect(table.stdout).toMatch(/^EDGE +STATE +MESSAGES +PARTS +SIZE +OLDEST +TROUBLE\ningress +\w+ +30 +30 +/)
  expect((await overflow('show', 'ingress', '--admin', port)).stdout).toContain('stored    30 messages')
  const unknown = await overflow('show', 'slow.ende', '--admin', port)
  expect([unknown.exitCode, unknown.stderr]).toEqual([66, expect.stringContaining('there are "ingress", "slow.end"')])
  const refused = await overflow('purge', 'ingress', '--yes', '--config', config)
  expect([refused.exitCode, refused.stderr]).toEqual([75, expect.stringContaining(`process ${process.process.pid}`)])
})

test('what a pipeline left behind is listed, peeked at, exported and purged, oldest first', async () => {
  const { config, cwd, process, overflow } = await standing(30)
  await process.kill()
  const listed = JSON.parse((await overflow('list', '--json', '--config', config)).stdout) as unknown
  expect(listed).toMatchObject([
    { name: 'ingress', state: 'stopped', stored: 30, storedParts: 30 },
    { name: 'slow.end', state: 'stopped', stored: 0 },
  ])
  expect(numbersIn((await overflow('peek', 'ingress', '--count', '2', '--config', config)).stdout)).toEqual([1, 2])
  const path = join(cwd, 'stored.ndjson')
  expect((await overflow('export', 'ingress', '--output', path, '--config', config)).exitCode).toBe(0)
  expect(numbersIn(readFileSync(path, 'utf8'))).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))

  const unsaid = await overflow('purge', 'ingress', '--config', config)
  expect([unsaid.exitCode, unsaid.stderr]).toEqual([64, expect.stringContaining('say --yes')])
  expect((await overflow('purge', 'ingress', '--yes', '--config', config)).stdout).toBe('30 messages removed\n')
  expect((await overflow('export', 'ingress', '--config', config)).stdout).toBe('')
  expect((await overflow('show', 'ingress', '--config', config)).stdout).toContain('stored    0 messages')
})

test('nothing is made where nothing was stored', async () => {
  const config = file(CONFIG)
  const data = join(dirname(config), 'data')
  const env = { PORT: '0', SLUICE_DATA_DIR: data }
  const { stdout, exitCode } = await sluice(['overflow', 'show', 'ingress', '--config', config], { env })
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('stored    0 messages')])
  expect(existsSync(data)).toBe(false)
})

test('where nobody can see what is stored, that is told; it is not taken for nothing', async () => {
  const config = file(CONFIG)
  const data = join(dirname(config), 'data')
  writeFileSync(data, 'no folder')
  const env = { PORT: '0', SLUICE_DATA_DIR: data }
  for (const args of [['list'], ['show', 'ingress'], ['export', 'ingress'], ['purge', 'ingress', '--yes']]) {
    const { stdout, stderr, exitCode } = await sluice(['overflow', ...args, '--config', config], { env })
    expect([exitCode, stdout]).toEqual([73, ''])
    expect(stderr).toContain(`cannot look into "${join(data, 'kept', 'durable.ingress')}" (ENOTDIR)`)
  }
})

test('a store that cannot be opened keeps nobody from seeing the others, and is named', async () => {
  const { config, cwd, process, overflow } = await standing(30)
  await process.kill()
  const folder = join(cwd, 'data', 'kept', 'overflow.slow.end')
  rmSync(folder, { recursive: true, force: true })
  writeFileSync(folder, 'no folder')
  const { stdout, stderr, exitCode } = await overflow('list', '--json', '--config', config)
  expect(JSON.parse(stdout)).toMatchObject([
    { name: 'ingress', state: 'stopped', stored: 30 },
    { name: 'slow.end', state: 'unreadable', stored: null, trouble: expect.stringContaining(folder) },
  ])
  expect([exitCode, stderr]).toEqual([73, expect.stringContaining(folder)])
})

test('| head -1: the reader has enough, and the export ends well, without a word of error', async () => {
  const place = new Place({ end: 'file: ledger.ndjson' })
  await place.leave(5000)
  const command = `"${process.execPath}" "${CLI}" overflow export ingress --config "${place.config}"; echo "exit $?" >&2`
  const { stdout, stderr } = await promisify(execFile)('sh', ['-c', `{ ${command}; } | head -1`], {
    cwd: place.cwd,
    env: { ...process.env, ...place.env('0ms') },
  })
  expect(stdout.split('\n')).toHaveLength(2)
  expect(stderr).toBe('exit 0\n')
})

const PAIR = `pipeline: spill
producers:
  source: { generate: { count: 30 } }
consumers:
  spilled: { from: source, overflow: { name: orders } }
  other: { from: source, overflow: true, discard: {} }
`

test('a pair is listed, peeked at, exported and purged by its name, and nobody else’s to adopt or drain', async () => {
  const config = file(PAIR)
  const env = { SLUICE_DATA_DIR: join(dirname(config), 'data') }
  expect((await sluice(['run', config, '--admin-port', '0'], { env })).exitCode).toBe(0)
  const overflow = (...args: string[]) => sluice(['overflow', ...args, '--config', config], { env })
  const listed = JSON.parse((await overflow('list', '--json')).stdout) as unknown
  expect(listed).toMatchObject([{ name: 'source.other' }, { name: 'pair:orders', state: 'stopped', stored: 30 }])
  expect((await overflow('peek', 'pair:orders', '--count', '2')).stdout.split('\n')).toHaveLength(3)
  expect((await overflow('export', 'pair:orders')).stdout.split('\n')).toHaveLength(31)
  const adopted = await overflow('adopt', 'pair:orders', '--into', 'source.other')
  const drained = await overflow('drain', 'pair:orders')
  for (const { stderr } of [adopted, drained]) expect(stderr).toContain('pair:orders" is no overflow of an edge')
  expect((await overflow('purge', 'pair:orders', '--yes')).stdout).toBe('30 messages removed\n')
  expect((await overflow('show', 'pair:orders')).stdout).toContain('stored    0 messages')
})

test('a pair that a daemon has is in use, and it is named', async () => {
  const config = file(PAIR.replace('generate: { count: 30 }', 'http: { port: 0 }'))
  const env = { SLUICE_DATA_DIR: join(dirname(config), 'data') }
  const daemon = new Sluice(['run', config, '--admin-port', '0'], { env })
  const { port } = new URL((await daemon.isRunning())['health'] as string)
  const { stdout } = await sluice(['overflow', 'list', '--json', '--admin', port, '--config', config], { env })
  expect(JSON.parse(stdout)).toMatchObject([
    { name: 'source.other', state: 'direct' },
    { name: 'pair:orders', state: 'in use', stored: null, trouble: expect.stringContaining(`${daemon.process.pid}`) },
  ])
})
