import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { TestRedis } from '../support/redis-server.ts'
import { post } from './clients.ts'
import { file, folder, ROOT, Sluice, until, within } from './sluice.ts'

/** `SLUICE_TEST_STORED=1000000` tries a million. */
const STORED = Number(process.env['SLUICE_TEST_STORED'] ?? 100_000)
const PER_BODY = 5000
/** Ten seconds, where nothing else runs; more for a million. */
const LIMIT_MS = 600_000
const NDJSON = 'application/x-ndjson'

const configOf = (store: string): string => `pipeline: many
plugins: ['${join(ROOT, 'config/plugins/slow.ts')}']
producers:
  ingress: { http: { port: '\${PORT}', path: /readings, maxBody: 8MiB }, durable: { store: ${store} } }
stages:
  slow: { from: ingress, slow: '\${PACE}', demand: 10 }
consumers:
  readings: { from: slow, file: { path: '\${READINGS}', fsync: never } }
`

async function started(config: string, cwd: string, pace: string) {
  const env = { PORT: '0', PACE: pace, READINGS: join(cwd, 'readings.ndjson'), SLUICE_DATA_DIR: join(cwd, 'data') }
  const process = new Sluice(['run', config, '--admin-port', '0'], { cwd, env })
  const { url } = await process.logged((line) => line['node'] === 'ingress' && 'url' in line, 'where it listens')
  const { health } = await process.isRunning()
  return { process, url: String(url), health: String(health) }
}

async function storedAt(health: string): Promise<number> {
  const { pipelines } = (await (await fetch(health)).json()) as { pipelines: [{ overflows: [{ stored: number }] }] }
  return pipelines[0].overflows[0].stored
}

/** As long as less and less is stored, it goes on. */
async function emptied(health: string): Promise<void> {
  for (let left = await storedAt(health); left > 0;) {
    const before = left
    left = await until(
      async () => {
        const now = await storedAt(health)
        return now < before && [now]
      },
      () => `less than ${before} stored`,
    ).then(([now]) => now!)
  }
}

async function stopped({ process }: { readonly process: Sluice }): Promise<void> {
  process.send('SIGTERM')
  const { exitCode } = await within(process.ended, () => `the end:\n${process.stderr}`)
  expect(exitCode, process.stderr).toBe(0)
}

/** The numbers in the ledger, each of which must be the next. */
async function countInOrder(cwd: string): Promise<number> {
  let count = 0
  for await (const line of createInterface({ input: createReadStream(join(cwd, 'readings.ndjson')) })) {
    const { n } = JSON.parse(line) as { n: number }
    if (n !== count++) throw new Error(`${n} where ${count - 1} is due`)
  }
  return count
}

async function expectToGoOn(store: string): Promise<void> {
  const cwd = folder()
  const config = file(configOf(store))
  const first = await started(config, cwd, '2ms')
  for (let from = 0; from < STORED; from += PER_BODY) {
    const body = Array.from({ length: PER_BODY }, (_, index) => `{"n":${from + index}}\n`).join('')
    const answer = await post(first.url, body, { type: NDJSON })
    expect(answer.status, answer.body).toBe(204)
  }
  await stopped(first)
  const delivered = await countInOrder(cwd)
  expect(delivered).toBeLessThan(STORED)

  // Once more: a start that is stopped at once delivers little, and loses nothing.
  const second = await started(config, cwd, '2ms')
  expect(await storedAt(second.health)).toBeGreaterThan(STORED / 2)
  await stopped(second)

  const third = await started(config, cwd, '0ms')
  await emptied(third.health)
  await stopped(third)
  expect(await countInOrder(cwd)).toBe(STORED)
}

test(
  'a stop leaves what is stored on the disk there, and the next start goes on where it was: all once, in order',
  async () => {
    await expectToGoOn('embedded')
  },
  LIMIT_MS,
)

test(
  'a stop leaves what is stored in Redis there, and the next start goes on where it was: all once, in order',
  async () => {
    const redis = await TestRedis.start({ appendonly: 'yes', 'maxmemory-policy': 'noeviction' })
    await expectToGoOn(`{ redis: { url: '${redis.url}' } }`)
  },
  LIMIT_MS,
)
