import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { post } from './clients.ts'
import { folder, ROOT, Sluice, until, within } from './sluice.ts'

const SPILL = join(ROOT, 'config/spill.yaml')
const DRAIN = join(ROOT, 'config/drain.yaml')
const NDJSON = 'application/x-ndjson'
const ORDERS = 5000
const ORDERS_PER_BODY = 50

/** What the ledger has; a last line that is not whole is left out. */
function numbersIn(path: string): number[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => (JSON.parse(line) as { order: number }).order)
}

function run(configs: readonly string[], cwd: string, more: NodeJS.ProcessEnv = {}): Sluice {
  const env = { PORT: '0', LEDGER: join(cwd, 'orders.ndjson'), SLUICE_DATA_DIR: join(cwd, 'data'), ...more }
  return new Sluice(['run', ...configs, '--admin-port', '0'], { cwd, env })
}

async function urlOf(process: Sluice): Promise<string> {
  const { url } = await process.logged((line) => line['node'] === 'ingress' && 'url' in line, 'where it listens')
  return url as string
}

/** Posts orders in their order, until all are acknowledged or one body isn't. @returns the numbers that are. */
async function send(url: string, from: number): Promise<number[]> {
  const promised: number[] = []
  for (let first = from; first < from + ORDERS; first += ORDERS_PER_BODY) {
    const body = Array.from({ length: ORDERS_PER_BODY }, (_, index) => first + index)
    const lines = body.map((order) => `{"order":${order}}\n`).join('')
    const status = await post(url, lines, { type: NDJSON }).then(
      (answer) => answer.status,
      () => undefined,
    )
    if (status !== 200) break
    promised.push(...body)
  }
  return promised
}

/** Where the next number isn't larger: each start of the drain may begin such a run once. */
function descents(numbers: readonly number[]): number {
  return numbers.filter((number, index) => index > 0 && number <= numbers[index - 1]!).length
}

test('one pipeline spills and another drains: what was acknowledged before a SIGKILL arrives, in order', async () => {
  const cwd = folder()
  const ledger = join(cwd, 'orders.ndjson')
  const first = run([SPILL, DRAIN], cwd)
  const sending = send(await urlOf(first), 1)
  await until(
    () => numbersIn(ledger).length > 500 || undefined,
    () => `orders in the ledger:\n${first.stderr}`,
  )
  await first.kill()
  const promised = await sending
  const before = numbersIn(ledger)
  expect(promised.length).toBeGreaterThan(0)
  expect(promised.length).toBeLessThan(ORDERS)
  expect(descents(before)).toBe(0)

  const second = run([SPILL, DRAIN], cwd)
  const more = await send(await urlOf(second), 10_001)
  expect(more).toHaveLength(ORDERS)
  await until(
    () => numbersIn(ledger).includes(more.at(-1)!) || undefined,
    () => `the last order in the ledger:\n${second.stderr}`,
  )
  const after = numbersIn(ledger)
  const isThere = new Set(after)
  expect([...promised, ...more].filter((order) => !isThere.has(order))).toEqual([])
  // What comes twice is a stretch at the seam: what was delivered, and not yet written down as such.
  expect(descents(after)).toBeLessThanOrEqual(1)
  second.send('SIGTERM')
  expect((await within(second.ended, () => `the end:\n${second.stderr}`)).exitCode).toBe(0)
})

test('one pipeline spills, another one drains later and ends when nothing is left', async () => {
  const cwd = folder()
  const spill = run([SPILL], cwd)
  const promised = await send(await urlOf(spill), 1)
  expect(promised).toHaveLength(ORDERS)
  spill.send('SIGTERM')
  expect((await within(spill.ended, () => `the end:\n${spill.stderr}`)).exitCode).toBe(0)
  const drain = run([DRAIN], cwd, { UNTIL: 'empty' })
  expect((await within(drain.ended, () => `the end:\n${drain.stderr}`)).exitCode).toBe(0)
  expect(numbersIn(join(cwd, 'orders.ndjson'))).toEqual(promised)
  const again = run([DRAIN], cwd, { UNTIL: 'empty' })
  expect((await within(again.ended, () => `the end:\n${again.stderr}`)).exitCode).toBe(0)
  expect(numbersIn(join(cwd, 'orders.ndjson'))).toHaveLength(ORDERS)
})

test('a second process is refused, and told who has it', async () => {
  const cwd = folder()
  const spill = run([SPILL], cwd)
  await urlOf(spill)
  const drain = run([DRAIN], cwd)
  const { exitCode } = await within(drain.ended, () => `the end:\n${drain.stderr}`)
  expect(exitCode).toBe(75)
  expect(drain.stderr).toContain('SLUICE_LOG_LOCKED')
})
