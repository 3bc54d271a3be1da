import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TestRedis } from '../support/redis-server.ts'
import { numbersTo, Place } from './overflow-place.ts'
import { until, within } from './sluice.ts'

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
