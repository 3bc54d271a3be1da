import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TestRedis } from '../support/redis-server.ts'
import { post } from './clients.ts'
import { file, folder, ROOT, Sluice, until, within } from './sluice.ts'

const NDJSON = 'application/x-ndjson'
const SPILLING = join(ROOT, 'config/overflow.yaml')
/** The same with everything stored at its door. */
const DURABLE = `pipeline: overflow
plugins: ['${join(ROOT, 'config/plugins/slow.ts')}']
producers:
  ingress: { http: { port: '\${PORT}', path: /readings }, durable: true }
stages:
  slow: { from: ingress, slow: '\${PACE}', timeout: 1d, demand: 10 }
consumers:
  readings: { from: slow, file: '\${READINGS}' }
`

/** Confirmed by the disk before it is answered. */
const DURABLE_SERVER = { appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' }

const BODIES = 20
const READINGS_PER_BODY = 500

/** So many readings, numbered from one on. */
function readings(first: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `{"n":${first + index}}\n`).join('')
}

/** What the ledger has; a last line that is not whole is left out. */
function numbersIn(path: string): number[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => (JSON.parse(line) as { n: number }).n)
}

interface Place {
  readonly config: string
  readonly cwd: string
  readonly ledger: string
}

/** @param pace how long each message takes behind the overflow. */
async function running({ config, cwd, ledger }: Place, pace: string) {
  const env = { PORT: '0', PACE: pace, READINGS: ledger, SLUICE_DATA_DIR: join(cwd, 'data') }
  const process = new Sluice(['run', config, '--admin-port', '0'], { cwd, env })
  const { url } = await process.logged((line) => line['node'] === 'ingress' && 'url' in line, 'where it listens')
  const { health, metrics } = await process.isRunning()
  return { process, url: url as string, health: health as string, metrics: metrics as string }
}

/** Posts bodies one after the other, each of which has to be answered. @returns the numbers of what is promised. */
async function flood(url: string, { from, status }: { readonly from: number; readonly status: number }) {
  const promised: number[] = []
  for (let body = 0; body < BODIES; body++) {
    const first = from + body * READINGS_PER_BODY
    const answer = await post(url, readings(first, READINGS_PER_BODY), { type: NDJSON })
    expect(answer.status, answer.body).toBe(status)
    for (let index = 0; index < READINGS_PER_BODY; index++) promised.push(first + index)
  }
  return promised
}

async function overflowAt(health: string): Promise<Record<string, unknown>> {
  const { pipelines } = (await (await fetch(health)).json()) as {
    pipelines: [{ overflows: [Record<string, unknown>] }]
  }
  return pipelines[0].overflows[0]
}

/** Everything that was promised is there, once, in the order in which it was sent. */
async function expectDrained({ ledger }: Place, promised: readonly number[], stderr: () => string): Promise<void> {
  const last = promised.at(-1)!
  await until(
    () => numbersIn(ledger).includes(last) || undefined,
    () => `reading ${last} in the ledger, which has ${numbersIn(ledger).length}:\n${stderr()}`,
  )
  const written = numbersIn(ledger)
  const isThere = new Set(written)
  expect(promised.filter((number) => !isThere.has(number))).toEqual([])
  expect(written.filter((number, index) => index > 0 && number <= written[index - 1]!)).toEqual([])
}

test('what a flood left behind a consumer that stands still survives a SIGKILL, and is delivered once, in order', async () => {
  const cwd = folder()
  const place = { config: SPILLING, cwd, ledger: join(cwd, 'readings.ndjson') }
  const first = await running(place, '1d')
  // Its first messages are at the consumer that stands still: nobody is promised anything about them.
  const unanswered = post(first.url, readings(1, 1000), { type: NDJSON }).catch(() => undefined)
  await until(
    async () => ((await overflowAt(first.health))['stored'] as number) > 0 || undefined,
    () => `anything stored:\n${first.process.stderr}`,
  )
  const promised = await flood(first.url, { from: 1001, status: 200 })
  expect(await overflowAt(first.health)).toMatchObject({ from: 'ingress', to: 'slow', trouble: null })
  expect(await (await fetch(first.metrics)).text()).toContain('sluice_overflow_stored_messages{pipeline="overflow"')
  await first.process.kill()
  await unanswered
  expect(numbersIn(place.ledger)).toEqual([])

  const second = await running(place, '0ms')
  await expectDrained(place, promised, () => second.process.stderr)
  expect(second.process.log.some(({ msg }) => msg === 'overflow opens')).toBe(true)
  await second.process.logged(({ msg }) => msg === 'overflow closes', 'that the overflow closes')
  second.process.send('SIGTERM')
  expect((await within(second.process.ended, () => `the end:\n${second.process.stderr}`)).exitCode).toBe(0)
})

test('what a durable door has answered with 204 survives a SIGKILL, and is delivered once, in order', async () => {
  const cwd = folder()
  const place = { config: file(DURABLE), cwd, ledger: join(cwd, 'readings.ndjson') }
  const first = await running(place, '1d')
  const promised = await flood(first.url, { from: 1, status: 204 })
  expect(await overflowAt(first.health)).toMatchObject({ from: 'ingress', to: null, stored: promised.length })
  await first.process.kill()

  const second = await running(place, '0ms')
  const more = await flood(second.url, { from: promised.length + 1, status: 204 })
  await expectDrained(place, [...promised, ...more], () => second.process.stderr)
})

test('what is stored in Redis survives that the daemon and then the server are killed, and is delivered once, in order', async () => {
  const cwd = folder()
  const redis = await TestRedis.start(DURABLE_SERVER)
  const config = file(
    readFileSync(SPILLING, 'utf8')
      .replace('./plugins/slow.ts', join(ROOT, 'config/plugins/slow.ts'))
      .replace('limit: 1GiB', `store: { redis: { url: '${redis.url}', lease: 2s, commandTimeout: 500ms } }`),
  )
  const place = { config, cwd, ledger: join(cwd, 'readings.ndjson') }
  const first = await running(place, '1d')
  const unanswered = post(first.url, readings(1, 1000), { type: NDJSON }).catch(() => undefined)
  await until(
    async () => ((await overflowAt(first.health))['stored'] as number) > 0 || undefined,
    () => `anything stored:\n${first.process.stderr}`,
  )
  const promised = await flood(first.url, { from: 1001, status: 200 })
  await first.process.kill()
  await unanswered
  await redis.restart() // It is killed.

  const second = await running(place, '0ms')
  await expectDrained(place, promised, () => second.process.stderr)
  await second.process.logged(({ msg }) => msg === 'overflow closes', 'that the overflow closes')
  second.process.send('SIGTERM')
  expect((await within(second.process.ended, () => `the end:\n${second.process.stderr}`)).exitCode).toBe(0)
})
