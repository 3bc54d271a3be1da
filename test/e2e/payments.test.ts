import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { Crowd, post, seeded, type Outcome } from './clients.ts'
import { delivered, entries, MAIN_JOB, PAYMENT, payments } from './main-job.ts'
import { folder, logLines, sluice, until, within } from './sluice.ts'

/** The first of these runs replays a run whose title named its seed. */
const FIRST_SEED = Number(process.env['SLUICE_TEST_SEED'] ?? Math.floor(Math.random() * 1e9))
const SEEDS = [FIRST_SEED, FIRST_SEED + 1, FIRST_SEED + 2]

/** Every payment that a 204 promised is in the ledger; and nothing is there that nobody sent. */
function expectKept({ promised, sent, surprises }: Outcome, ids: readonly string[]): void {
  const written = new Set(ids)
  expect(surprises).toEqual([])
  expect(promised.filter((id) => !written.has(id))).toEqual([])
  expect(ids.filter((id) => !sent.has(id))).toEqual([])
}

test('a payment comes to the ledger after its 204, with the fields that the file says', async () => {
  const job = await payments()
  const sentAt = Date.now()
  const { status } = await post(job.url, JSON.stringify({ ...PAYMENT, extra: 'left out' }))
  expect(status).toBe(204)
  await delivered(job, [PAYMENT.id])
  const [entry] = entries(job.ledger)
  expect(entry).toEqual({ ...PAYMENT, currency: 'EUR', receivedAt: expect.any(Number) })
  expect((entry as unknown as { receivedAt: number }).receivedAt).toBeGreaterThanOrEqual(sentAt)
})

test('a payment with a field that is missing or wrong becomes a dead letter, and is never in the ledger', async () => {
  const job = await payments()
  const changes = [
    { amountMinor: undefined },
    { amountMinor: 0 },
    { amountMinor: 12.5 },
    { amountMinor: '12' },
    { id: 1 },
    { merchant: undefined },
    { currency: null },
  ]
  const bodies = [...changes.map((change) => JSON.stringify({ ...PAYMENT, ...change })), 'null']
  for (const body of bodies) expect((await post(job.url, body)).status).toBe(204)
  expect((await post(job.url, JSON.stringify(PAYMENT))).status).toBe(204)
  await delivered(job, [PAYMENT.id])
  expect(entries(job.ledger)).toHaveLength(1)
  await until(
    async () => (await storedLetters(job.health)) === bodies.length,
    () => `${bodies.length} dead letters:\n${job.process.stderr}`,
  )
})

async function storedLetters(health: string): Promise<number | undefined> {
  const { pipelines } = (await (await fetch(health)).json()) as { pipelines: { letters: { stored: number } | null }[] }
  return pipelines[0]?.letters?.stored
}

test('a body that is no JSON gets a 400, and takes nothing else down', async () => {
  const { url } = await payments()
  const [bad, good] = await Promise.all([post(url, '{"id":'), post(url, JSON.stringify(PAYMENT))])
  expect([bad.status, good.status]).toEqual([400, 204])
})

test('/ready says that it is ready, and what waits for its outcome', async () => {
  const { url, ready } = await payments()
  await post(url, JSON.stringify(PAYMENT))
  const response = await fetch(ready)
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({
    status: 'ready',
    pipelines: [
      { name: 'payments', state: 'running', opening: [], queued: 0, inFlight: 0, unacked: 0, oldestUnackedMs: null },
    ],
  })
})

/** The main job, fed by many clients until a random number of payments has been promised. */
async function fedByACrowd(seed: number) {
  const { process, ledger, url } = await payments()
  const crowd = new Crowd(url, { seed, clients: 64 })
  const enough = 100 + Math.floor(seeded(seed)() * 3000)
  await until(
    () => crowd.promisedCount >= enough,
    () => `${enough} payments, after ${crowd.promisedCount}:\n${process.stderr}`,
  )
  return { process, ledger, crowd, enough }
}

test.each(SEEDS)(
  'fed by many clients and stopped by SIGTERM: 0, and every 204 is in the ledger, once, after the next start (SLUICE_TEST_SEED=%i)',
  async (seed) => {
    const { process, ledger, crowd, enough } = await fedByACrowd(seed)
    process.send('SIGTERM')
    const { exitCode, stderr } = await within(process.ended, () => `the end:\n${process.stderr}`)
    const outcome = await crowd.stop()
    expect(exitCode, stderr).toBe(0)
    expect(outcome.promised.length).toBeGreaterThanOrEqual(enough)
    const ids = await delivered(await payments(ledger), outcome.promised)
    expectKept(outcome, ids)
    expect(ids.length).toBe(new Set(ids).size)
    expect(logLines(stderr).filter(({ level }) => level === 'error')).toEqual([])
  },
)

test.each(SEEDS)(
  'fed by many clients and killed: every 204 is in the ledger after the next start, which goes on (SLUICE_TEST_SEED=%i)',
  async (seed) => {
    const { process, ledger, crowd } = await fedByACrowd(seed)
    await process.kill()
    const outcome = await crowd.stop()
    // A last line that the crash has torn is cut off when the ledger is opened again.
    const next = await payments(ledger)
    expect((await post(next.url, JSON.stringify({ ...PAYMENT, id: 'after the crash' }))).status).toBe(204)
    // Merchants have batches of their own, so that it may overtake.
    const ids = await delivered(next, [...outcome.promised, 'after the crash'])
    expectKept(
      outcome,
      ids.filter((id) => id !== 'after the crash'),
    )
  },
)

test('a port in use is told with the node and the port, and nothing starts: 71', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const ledger = join(folder(), 'ledger.ndjson')
  const { exitCode, stderr } = await sluice(['run', MAIN_JOB, '--admin-port', '0'], {
    env: { PORT: String(port), LEDGER: ledger, SLUICE_DATA_DIR: join(dirname(ledger), 'data') },
  })
  other.close()
  expect(exitCode, stderr).toBe(71)
  const errors = logLines(stderr).filter(({ level }) => level === 'error')
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatchObject({
    node: 'ingress',
    code: 'SLUICE_LISTEN_PORT_IN_USE',
    hint: expect.stringContaining('port'),
  })
  expect(errors[0]?.msg).toContain(String(port))
  expect(stderr).not.toMatch(/^\s+at /m)
})
