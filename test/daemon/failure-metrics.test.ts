import { describe, expect, test } from 'vitest'
import { realEnv } from '../../src/core/env.ts'
import { Metrics } from '../../src/daemon/metrics.ts'
import { Pipeline } from '../../src/daemon/pipeline.ts'
import { collectingLog } from './collecting.ts'
import { counted, keeping, watched } from './counted.ts'
import { seriesOf, valueOf } from './exposition.ts'

describe('/metrics, when something fails', () => {
  test('shows what became a dead letter, whose store it is, and how full', async () => {
    const { scrape } = await watched(keeping(), counted())
    const series = seriesOf(await scrape())
    const of = (name: string, labels = {}) => valueOf(series, `sluice_${name}`, { pipeline: 'keeping', ...labels })
    const counts = ['numbers', 'picky', 'sink'].map((node) => of('node_dead_letters_total', { node }))
    expect(counts).toEqual([0, 1, 0])
    expect(of('node_letters_pending_messages', { node: 'picky' })).toBe(0)
    expect([of('letters_stored_messages'), of('letters_limit_bytes')]).toEqual([1, 2 ** 20])
    expect(of('letters_stored_bytes')).toBeGreaterThan(100)
    expect(of('letters_room_bytes')).toBe((2 ** 20 * 7) / 8 - of('letters_stored_bytes')!)
    expect(
      series.filter(({ name, labels }) => /letters_stored/.test(name) && labels['pipeline'] === 'counted'),
    ).toEqual([])
    expect(valueOf(series, 'sluice_node_dead_letters_total', { node: 'picky', pipeline: 'counted' })).toBe(0)
  })

  test('shows the circuit of a node: closed, or open, for how long, after how many tries', async () => {
    const { figures } = new Pipeline(counted(), { env: realEnv, log: collectingLog() })
    const circuit = { state: 'open', error: 'x', code: 'X', failures: 7, openMs: 35_000, retryInMs: 3000 } as const
    const nodes = figures.stats.nodes.map((node) => (node.name === 'sink' ? { ...node, circuit, parked: 4 } : node))
    const openingsOf = (node: string) => (node === 'sink' ? 2 : 0)
    const metrics = new Metrics(() => [{ ...figures, stats: { ...figures.stats, nodes }, openingsOf }])
    const series = seriesOf((await metrics.scrape()).text)
    metrics.close()
    const of =
      (node: string) =>
      (what: string, labels = {}) =>
        valueOf(series, `sluice_node_${what}`, { node, ...labels })
    const figuresOf = (node: string) => [
      ...['closed', 'open', 'probing'].map((state) => of(node)('circuit_state', { state })),
      ...[
        'circuit_open_seconds',
        'circuit_failed_calls',
        'circuit_probe_seconds',
        'circuit_openings_total',
        'parked_messages',
      ].map((name) => of(node)(name)),
    ]
    expect(figuresOf('sink')).toEqual([0, 1, 0, 35, 7, 3, 2, 4])
    expect(figuresOf('picky')).toEqual([1, 0, 0, 0, 0, 0, 0, 0])
  })
})
