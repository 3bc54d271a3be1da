import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, readFileSync, renameSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Queue } from 'bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { TestRedis } from '../support/redis-server.ts'
import { post } from './clients.ts'
import { folder, ROOT, Sluice, until, within } from './sluice.ts'

const DURABLE = { appendonly: 'yes', 'maxmemory-policy': 'noeviction' }
const CUSTOMERS = 20

/** An order as it is in the stream of those that have a customer. */
interface Enriched {
  readonly id: string
  readonly customer: unknown
}

/** A service that answers, when it is open, and what it was asked. */
async function service(answer: (url: string) => string | undefined) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      asked.push(body)
      const text = answer(request.url ?? '')
      response.writeHead(text === undefined ? 503 : 200, { 'content-type': 'application/json' }).end(text)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => server.closeAllConnections())
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked }
}

function run(config: string, env: NodeJS.ProcessEnv, cwd = folder()): Sluice {
  const defaults = { PORT: '0', SLUICE_DATA_DIR: join(cwd, 'data'), MAILS: join(cwd, 'mails.ndjson') }
  return new Sluice(['run', join(ROOT, 'config', config), '--admin-port', '0'], { cwd, env: { ...defaults, ...env } })
}

function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
}

test('config/webhooks.yaml keeps what it has answered over an outage and a SIGKILL, and delivers it', async () => {
  const redis = await TestRedis.start(DURABLE)
  let isOpen = false
  const { url, asked } = await service(() => (isOpen ? '' : undefined))
  const env = { REDIS_URL: redis.url, SERVICE_URL: url }
  const cwd = folder()
  const first = run('webhooks.yaml', env, cwd)
  const { url: door } = await first.logged((line) => line['node'] === 'hooks' && 'url' in line, 'where it listens')
  for (let id = 0; id < 50; id++) expect((await post(door as string, `{"event":"paid","id":${id}}`)).status).toBe(204)
  await first.kill()
  isOpen = true
  asked.length = 0
  const second = run('webhooks.yaml', env, cwd)
  await until(
    () => new Set(asked).size === 50 || undefined,
    () => `all events at the service, which has ${asked.length}:\n${second.stderr}`,
  )
  expect(asked.map((text) => (JSON.parse(text) as { id: number }).id).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 50 }, (_, id) => id),
  )
  second.send('SIGTERM')
  expect((await within(second.ended, () => `the end:\n${second.stderr}`)).exitCode).toBe(0)
})

test('config/jobs.yaml drains a queue of BullMQ; what fails is a failed job of another, and comes back by a retry there', async () => {
  const redis = await TestRedis.start(DURABLE)
  const connection = { host: '127.0.0.1', port: redis.port }
  const [mails, dead] = ['mails', 'mails-dead'].map((name) => new Queue(name, { connection }))
  onTestFinished(async () => void (await Promise.all([mails!.close(), dead!.close()])))
  await mails!.addBulk(['ann', 'ben', ''].map((to) => ({ name: 'welcome', data: { to } })))
  const cwd = folder()
  const daemon = run('jobs.yaml', { REDIS_URL: redis.url }, cwd)
  const log = (): string => `\n${daemon.stderr}`
  const letter = await until(
    async () => (await dead!.getFailed())[0],
    () => `the failed job:${log()}`,
  )
  expect(letter.name).toBe('addressed')
  expect(letter.failedReason).toContain('SLUICE_FILTER_REJECTED')
  await until(
    () => linesOf(join(cwd, 'mails.ndjson')).length === 2,
    () => `both mails:${log()}`,
  )
  expect(linesOf(join(cwd, 'mails.ndjson'))).toEqual(['{"to":"ann"}', '{"to":"ben"}'])
  const before = letter.finishedOn!
  await letter.retry()
  await until(
    async () => ((await dead!.getFailed())[0]?.finishedOn ?? 0) > before,
    () => `the job to fail again at its node:${log()}`,
  )
  await until(
    async () => (await mails!.getCompletedCount()) === 3,
    () => `every job to be completed:${log()}`,
  )
  daemon.send('SIGTERM')
  expect((await within(daemon.ended, () => `the end:\n${daemon.stderr}`)).exitCode).toBe(0)
  expect(await mails!.getJobCounts('waiting', 'active', 'completed')).toMatchObject({ waiting: 0, active: 0 })
})

test('config/bridge.yaml enriches a stream into another; two daemons share it, and one takes over from one that is killed', async () => {
  const redis = await TestRedis.start(DURABLE)
  const { url } = await service((path) => JSON.stringify({ name: `customer of ${path}` }))
  const env = { REDIS_URL: redis.url, CUSTOMERS_URL: `${url}customers/`, CLAIM_AFTER: '6s' }
  const daemons = ['a', 'b'].map((CONSUMER) => run('bridge.yaml', { ...env, CONSUMER }))
  await Promise.all(daemons.map((daemon) => daemon.isRunning()))
  for (let at = 0; at < 200; at++) {
    await redis.cli('xadd', 'orders', '*', 'data', JSON.stringify({ id: `o-${at}`, customer: `c-${at % CUSTOMERS}` }))
    if (at === 100) await daemons[0]!.kill()
  }
  const enriched = async (): Promise<readonly Enriched[]> => {
    const lines = (await redis.cli('xrange', 'orders-enriched', '-', '+')).split('\n')
    return lines.filter((line) => line.startsWith('{"id"')).map((line) => JSON.parse(line) as Enriched)
  }
  await until(
    async () => new Set((await enriched()).map(({ id }) => id)).size === 200,
    () => `all orders in the other stream:\n${daemons[1]!.stderr}`,
  )
  await until(
    async () => (await redis.cli('xpending', 'orders', 'bridge')).startsWith('0'),
    () => `an end:\n${daemons[1]!.stderr}`,
  )
  expect(await enriched()).toHaveLength(200)
  for (const { id, customer } of await enriched())
    expect(customer).toEqual({ name: `customer of /customers/c-${Number(id.slice(2)) % CUSTOMERS}` })
})

test('config/access-log.yaml follows a log over a rotation and a SIGKILL, and writes a file for each status', async () => {
  const cwd = folder()
  const log = join(cwd, 'access.log')
  const env = { LOG: log, FAILED: join(cwd, 'failed') }
  let written = 0
  const write = (count: number): void => {
    for (const last = written + count; written < last; written++) {
      const status = [200, 404, 503][written % 3]
      appendFileSync(log, `{"method":"GET","path":"/${written}","status":${status},"seconds":0.25}\n`)
    }
  }
  const requestsIn = (status: number): string[] => {
    return linesOf(join(cwd, `failed/${status}.ndjson`)).map(
      (line) => (JSON.parse(line) as { request: string }).request,
    )
  }
  const wanted = (rest: number): string[] => {
    return Array.from({ length: written }, (_, at) => at).flatMap((at) => (at % 3 === rest ? [`GET /${at}`] : []))
  }
  const isThere = (): boolean => new Set(requestsIn(503)).size === wanted(2).length
  const first = run('access-log.yaml', env, cwd)
  await first.isRunning()
  write(300)
  await until(isThere, () => `what was written at first:\n${first.stderr}`)
  await first.kill()
  write(300)
  renameSync(log, `${log}.1`)
  execFileSync('gzip', [`${log}.1`])
  write(300)
  const second = run('access-log.yaml', env, cwd)
  await until(isThere, () => `what was written since:\n${second.stderr}`)
  second.send('SIGTERM')
  expect((await within(second.ended, () => `the end:\n${second.stderr}`)).exitCode).toBe(0)
  for (const [status, rest] of [
    [404, 1],
    [503, 2],
  ] as const) {
    // The order of what comes from two files is nobody's.
    expect([...new Set(requestsIn(status))].toSorted()).toEqual(wanted(rest).toSorted())
    expect(requestsIn(status).length).toBeLessThanOrEqual(2 * wanted(rest).length)
  }
  expect(existsSync(join(cwd, 'failed/200.ndjson'))).toBe(false)
})
