import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { post } from './clients.ts'
import { delivered, entries, PAYMENT, payments } from './main-job.ts'
import { until, within } from './sluice.ts'

/** The status that a request without a body gets. */
async function statusOf(method: string, url: string): Promise<number> {
  const sent = request(url, { method }).end()
  const [response] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }]
  response.resume()
  return response.statusCode
}

/** Sends the beginning of a body, and hangs up. */
async function hangUp(url: string): Promise<void> {
  const { port, pathname } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  await once(socket, 'connect')
  const head = `POST ${pathname} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n`
  await new Promise((resolve) => socket.write(`${head}{"id":`, resolve))
  socket.destroy()
}

test('what a door cannot take is answered with its status, and takes nothing else down', async () => {
  const job = await payments()
  const { process, ledger, url } = job
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const bad: readonly (readonly [number, () => Promise<number>])[] = [
    [400, async () => (await post(url, '{"id": ')).status],
    [400, async () => (await post(url, '')).status],
    [413, async () => (await post(url, `{"id": ${nested(10_000)}}`)).status],
    [413, async () => (await post(url, JSON.stringify({ ...PAYMENT, note: 'x'.repeat(2_000_000) }))).status],
    [415, async () => (await post(url, 'id=1', { type: 'application/x-www-form-urlencoded' })).status],
    [404, async () => (await post(`${url}/other`, JSON.stringify(PAYMENT))).status],
    [405, () => statusOf('GET', url)],
    [204, async () => (await post(url, `{"__proto__": ${JSON.stringify(PAYMENT)}}`)).status],
  ]
  const statuses = await Promise.all([...bad.map(([, send]) => send()), hangUp(url).then(() => 0)])
  expect(statuses).toEqual([...bad.map(([status]) => status), 0])
  expect((await post(url, JSON.stringify(PAYMENT))).status).toBe(204)
  await delivered(job, [PAYMENT.id])
  expect(entries(ledger)).toHaveLength(1)
  process.send('SIGTERM')
  expect((await within(process.ended, () => `the end:\n${process.stderr}`)).exitCode).toBe(0)
})

test('clients that hang up in the middle leave nothing behind', async () => {
  const { url, health } = await payments()
  await Promise.all(Array.from({ length: 50 }, () => hangUp(url)))
  await until(
    async () => {
      const { pipelines } = (await (await fetch(health)).json()) as { pipelines: Record<string, unknown>[] }
      return pipelines[0]!['queued'] === 0 && pipelines[0]!['unacked'] === 0
    },
    () => 'nothing that waits',
  )
  expect((await post(url, JSON.stringify(PAYMENT))).status).toBe(204)
})
