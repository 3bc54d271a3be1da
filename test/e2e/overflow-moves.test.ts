import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TestRedis } from '../support/redis-server.ts'
import { post } from './clients.ts'
import { file, ROOT, sluice, Sluice, until, within } from './sluice.ts'

interface Shape {
  /** The name of the producer. */
  readonly door?: string
  /** What it is `durable` by. */
  readonly durable?: string
  /** What stands in the file of the consumer. */
  readonly end?: string
}

function textOf({ door = 'ingress', durable = 'true', end = 'file: ledger.ndjson' }: Shape = {}): string {
  return `pipeline: kept
stopTimeout: 1s
plugins: ['${join(ROOT, 'config/plugins/slow.ts')}']
producers:
  ${door}: { http: { port: 0 }, durable: ${durable} }
stages:
  slow: { from: ${door}, slow: '\${PACE}', timeout: 1d, demand: 10 }
  pairs: { from: slow, batch: { size: 2 } }
consumers:
  end: { from: pairs, overflow: true, ${end} }
`
}

/** A pipeline in a folder of its own, whose file can be written anew. */
class Place {
  readonly config: string
  readonly cwd: string
  readonly ledger: string
  readonly data: string

  constructor(shape: Shape = {}) {
    this.config = file(textOf(shape))
    this.cwd = dirname(this.config)
    this.ledger = join(this.cwd, 'ledger.ndjson')
    this.data = join(this.cwd, 'data', 'kept')
  }

  edit(shape: Shape): void {
    writeFileSync(this.config, textOf(shape))
  }

  env(pace: string) {
    return { PACE: pace, SLUICE_DATA_DIR: join(this.cwd, 'data') }
  }

  start(args: readonly string[], pace = '1d'): Sluice {
    return new Sluice(args, { cwd: this.cwd, env: this.env(pace) })
  }

  run(pace = '1d'): Sluice {
    return this.start(['run', this.config, '--admin-port', '0'], pace)
  }

  /** Runs it until it has stored so many messages, each a number unless it is to be more. */
  async store(count: number, dataOf: (number: number) => unknown = (number) => number): Promise<Sluice> {
    const process = this.run()
    const { url } = await process.logged((line) => 'url' in line && line['node'] !== undefined, 'where it listens')
    await process.isRunning()
    for (let first = 0; first < count; first += 5000) {
      const numbers = Array.from({ length: Math.min(5000, count - first) }, (_, at) => dataOf(first + at))
      expect((await post(url as string, JSON.stringify(numbers))).status).toBeLessThan(300)
    }
    return process
  }

  /** The same, and it is killed. */
  async leave(count: number, dataOf?: (number: number) => unknown): Promise<void> {
    await (await this.store(count, dataOf)).kill()
  }

  overflow(...args: string[]) {
    return sluice(['overflow', ...args, '--config', this.config], { cwd: this.cwd, env: this.env('0ms') })
  }

  async exported(edge: string): Promise<number[]> {
    const { stdout } = await this.overflow('export', edge)
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { data: number }).data)
  }

  get delivered(): number[] {
    return existsSync(this.ledger) ? readFileSync(this.ledger, 'utf8').split('\n').slice(0, -1).flatMap(numbersIn) : []
  }

  /** What the pipeline is refused with. */
  async refusal(): Promise<string> {
    const process = this.run()
    const { exitCode } = await within(process.ended, () => `the end of a pipeline that is refused:\n${process.stderr}`)
    expect(exitCode).toBe(78)
    const told = process.log.find(({ code }) => code === 'SLUICE_OVERFLOW_ORPHANED')
    return String(told?.['msg'])
  }
}

const numbersIn = (line: string): number[] => [JSON.parse(line) as number | number[]].flat()
const numbersTo = (count: number, first = 0): number[] => Array.from({ length: count }, (_, at) => first + at)

describe('what is stored for an edge that left the pipeline', () => {
  test('is not left behind: the pipeline is refused until it is adopted, and delivers it then, in order', async () => {
    const place = new Place()
    await place.leave(30)
    place.edit({ door: 'door' })
    const said = await place.refusal()
    expect(said).toContain(`ingress has 30 messages in ${join(place.data, 'durable.ingress')}`)
    expect(said).toContain(`sluice overflow adopt ingress --into door --config ${place.config}`)
    expect(said).toContain(`sluice overflow purge ingress --yes --config ${place.config}`)

    const listed = await place.overflow('list')
    expect(listed.stdout).toMatch(/^ingress +orphaned +30 +30 /m)
    expect((await place.overflow('show', 'ingress')).stdout).toContain('state     orphaned')
    expect((await place.overflow('peek', 'ingress', '--count', '1')).stdout).toContain('"data":0,')
    const [twice, unknown] = [
      await place.overflow('adopt', 'ingress', '--into', 'ingress'),
      await place.overflow('adopt', 'ingress', '--into', 'nobody'),
    ]
    expect([twice.exitCode, unknown.exitCode]).toEqual([64, 66])
    const adopted = await place.overflow('adopt', 'ingress', '--into', 'door')
    expect([adopted.stdout, adopted.exitCode]).toEqual(['30 messages moved from ingress into door\n', 0])
    expect((await place.overflow('list')).stdout).not.toContain('orphaned')
    expect(existsSync(join(place.data, 'adoption.json'))).toBe(false)

    const process = place.run('0ms')
    await until(
      () => place.delivered.length >= 30 || undefined,
      () => `30 numbers in the ledger, which has ${place.delivered.length}:\n${process.stderr}`,
    )
    expect(place.delivered).toEqual(numbersTo(30))
  })

  test('is no obstacle once it is purged, and neither are folders that only look like it', async () => {
    const place = new Place()
    await place.leave(3)
    mkdirSync(join(place.data, 'overflow.photos.old'))
    writeFileSync(join(place.data, 'durable.notes'), 'mine')
    place.edit({ door: 'door' })
    expect(await place.refusal()).not.toContain('photos')
    expect((await place.overflow('purge', 'ingress', '--yes')).stdout).toBe('3 messages removed\n')
    const process = place.run()
    await process.isRunning()
    const held = await place.overflow('adopt', 'ingress', '--into', 'door')
    expect([held.exitCode, held.stderr]).toEqual([75, expect.stringContaining(`process ${process.process.pid}`)])
  })

  test('is moved once and in order, also where the adoption is killed in between', async () => {
    const place = new Place()
    const count = 60_000
    await place.leave(count)
    place.edit({ door: 'door' })
    const adopting = place.start(['overflow', 'adopt', 'ingress', '--into', 'door', '--config', place.config])
    const note = join(place.data, 'adoption.json')
    await until(
      () => (existsSync(note) && (JSON.parse(readFileSync(note, 'utf8')) as { from: number }).from > 1) || undefined,
      () => `an adoption that is under way:\n${adopting.stderr}`,
    )
    await adopting.kill()
    const [left, moved] = [await place.exported('ingress'), await place.exported('door')]
    expect(left.length).toBeGreaterThan(0)
    expect(moved.length).toBeGreaterThan(0)
    const { stdout, exitCode } = await place.overflow('adopt', 'ingress', '--into', 'door')
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringContaining(`${left.length} messages moved from ingress into door`),
    ])
    expect(await place.exported('door')).toEqual(numbersTo(count))
    expect(await place.exported('ingress')).toEqual([])
  })

  test('is told where the other one has too little room, and stays', async () => {
    const place = new Place()
    await place.leave(40_000, (number) => `${'x'.repeat(40)}${number}`)
    place.edit({ door: 'door', durable: '{ limit: 1MiB }' })
    const { exitCode, stderr } = await place.overflow('adopt', 'ingress', '--into', 'door')
    expect([exitCode, stderr]).toEqual([78, expect.stringContaining('its `limit` is 1MiB: raise that first')])
    expect((await place.exported('ingress')).length).toBe(40_000)
  })
})

describe('what is stored in Redis for an edge that left the pipeline', () => {
  const inRedis = (url: string) => `{ store: { redis: { url: '${url}' } }, durability: memory }`

  test('is known by its record, and adopted; others are looked at while a daemon has them', async () => {
    const server = await TestRedis.start()
    const place = new Place({ durable: inRedis(server.url) })
    const process = await place.store(30)
    const shown = await place.overflow('show', 'ingress', '--admin', '1').catch(() => undefined)
    expect(shown?.exitCode).toBe(69)
    const looked = await place.overflow('show', 'ingress')
    expect(looked.stdout).toMatch(new RegExp(`state +in use\n[^]*owner +\\S+:${process.process.pid}\n`))
    expect(looked.stdout).toContain('stored    30 messages')
    process.send('SIGTERM')
    await within(process.ended, () => `the end:\n${process.stderr}`)
    const { overflows } = JSON.parse(readFileSync(join(place.data, 'overflows.json'), 'utf8')) as {
      overflows: { edge: string; held: number }[]
    }
    expect(overflows).toMatchObject([{ edge: 'ingress' }])

    place.edit({ door: 'door' })
    expect(await place.refusal()).toContain(`in Redis at 127.0.0.1:${server.port}`)
    const unreachable = await place.overflow('peek', 'ingress')
    expect([unreachable.exitCode, unreachable.stderr]).toEqual([66, expect.stringContaining('put it back for one run')])

    place.edit({ door: 'door', durable: inRedis(server.url) })
    const stored = await place.exported('ingress')
    expect(await place.refusal()).toContain(`ingress has ${stored.length} messages in Redis at`)
    expect((await place.overflow('list')).stdout).toMatch(/^ingress +orphaned /m)
    expect((await place.overflow('adopt', 'ingress', '--into', 'door')).exitCode).toBe(0)
    expect(await place.exported('door')).toEqual(stored)
    expect(readFileSync(join(place.data, 'overflows.json'), 'utf8')).not.toContain('ingress')
    await place.run().isRunning()
  })

  test('a record that is damaged is told, and ends nothing', async () => {
    const place = new Place()
    mkdirSync(place.data, { recursive: true })
    writeFileSync(join(place.data, 'overflows.json'), '{')
    const process = place.run()
    await process.isRunning()
    expect(process.log).toContainEqual(expect.objectContaining({ msg: expect.stringContaining('overflows.json') }))
  })
})

describe('an overflow is drained', () => {
  test('without its producer, through the nodes below, until it is empty', async () => {
    const place = new Place()
    await place.leave(31)
    const { exitCode, stderr } = await place.overflow('drain', 'ingress', '--timeout', '1m')
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('ingress is empty: 31 messages delivered')])
    expect(place.delivered).toEqual(numbersTo(31))
    expect((await place.overflow('show', 'ingress')).stdout).toContain('stored    0 messages')
    expect((await place.overflow('drain', 'ingress')).exitCode).toBe(0)
  })

  test('from an edge behind a batch, whose batches are whole', async () => {
    const place = new Place()
    const text = textOf({ durable: 'false' }).replace('from: slow,', 'from: ingress,')
    writeFileSync(
      place.config,
      text
        .replace('from: ingress, slow:', 'from: pairs, overflow: { mode: always }, slow:')
        .replace('from: pairs, overflow: true,', 'from: slow,'),
    )
    await place.leave(30)
    const stored = (await place.overflow('show', 'pairs.slow')).stdout
    expect(stored).toContain('stored    15 messages, 30 with those inside batches')
    const { exitCode, stderr } = await place.overflow('drain', 'pairs.slow')
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('pairs.slow is empty: 15 messages delivered')])
    expect(place.delivered).toEqual(numbersTo(30))
  })

  test('as far as time allows, or until it is stopped; the rest stays', async () => {
    const place = new Place()
    await place.leave(30)
    const late = place.start(['overflow', 'drain', 'ingress', '--timeout', '1s', '--config', place.config])
    expect((await within(late.ended, () => `the end:\n${late.stderr}`)).exitCode).toBe(1)
    expect((await place.exported('ingress')).length).toBe(30)
    const stopped = place.start(['overflow', 'drain', 'ingress', '--config', place.config])
    await stopped.logged(({ msg }) => msg === 'drains ingress, which has 30 messages', 'that it drains')
    stopped.send('SIGTERM')
    expect((await within(stopped.ended, () => `the end:\n${stopped.stderr}`)).exitCode).toBe(1)
    expect(await place.exported('ingress')).toEqual(numbersTo(30))
    const wrong = await place.overflow('drain', 'ingress', '--timeout', 'soon')
    expect([wrong.exitCode, wrong.stderr]).toEqual([64, expect.stringContaining('--timeout "soon"')])
  })

  test('by nodes that can be opened only; the rest stays', async () => {
    const place = new Place()
    await place.leave(5)
    place.edit({ end: 'file: /proc/nowhere/ledger.ndjson' })
    expect((await place.overflow('drain', 'ingress')).exitCode).toBe(73)
    expect(await place.exported('ingress')).toEqual(numbersTo(5))
  })
})
