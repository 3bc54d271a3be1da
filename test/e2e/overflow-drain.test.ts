import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { numbersTo, Place, textOf } from './overflow-place.ts'
import { within } from './sluice.ts'

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
