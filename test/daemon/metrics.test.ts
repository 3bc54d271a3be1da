import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { realEnv } from '../../src/core/env.ts'
import { METRIC_FAMILIES } from '../../src/daemon/metric-table.ts'
import { Metrics } from '../../src/daemon/metrics.ts'
import { Pipeline } from '../../src/daemon/pipeline.ts'
import { collectingLog } from './collecting.ts'
import { counted, filling, keeping, storing, watched } from './counted.ts'
import { seriesOf, valueOf } from './exposition.ts'

const TABLE = METRIC_FAMILIES.flatMap(({ metrics }) => metrics)

describe('the table of metrics', () => {
  test('has names as Prometheus wants them, each once, with a phrase that says what it is', () => {
    const names = TABLE.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)])
    expect(names.length).toBeGreaterThan(15)
    for (const { name, help, labels } of TABLE) {
      expect(name).toMatch(/^sluice(_[a-z]+)+_(total|messages|bytes|calls|seconds|parts|state|info)$/)
      expect(help).toMatch(/^[a-z0-9].*[^.]$/)
      expect(labels.filter((label) => !/^[a-z]+(_[a-z]+)*$/.test(label))).toEqual([])
    }
  })
})

describe('/metrics', () => {
  test('shows exactly what the table says, with its types and labels', async () => {
    const { scrape } = await watched(keeping(), storing(), filling())
    // In the first scrape nothing is known of the event loop.
    let text = await scrape()
    const hasLag = (): boolean => text.includes('\nsluice_event_loop_lag_seconds{')
    expect(hasLag()).toBe(false)
    while (!hasLag()) text = await scrape()
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name, type }))
    expect(types).toEqual(TABLE.map(({ name, type }) => ({ name, type })))
    const labelsOf = new Map(TABLE.map(({ name, labels }) => [name, labels]))
    const series = seriesOf(text)
    for (const { name, labels } of series) expect([name, Object.keys(labels)]).toEqual([name, labelsOf.get(name)])
    expect(TABLE.map(({ name }) => name).filter((name) => !series.some((one) => one.name === name))).toEqual([])
  })

  test('tells what the store of a pair has', async () => {
    const { scrape } = await watched(filling())
    let series = seriesOf(await scrape())
    const of = (what: string, labels = {}) =>
      valueOf(series, `sluice_overflow_pair_${what}`, {
        pipeline: 'filling',
        node: 'sink',
        overflow: 'spilled',
        ...labels,
      })
    while (of('stored_messages') !== 4) series = seriesOf(await scrape())
    expect(of('stored_bytes')).toBeGreaterThan(0)
    expect(of('limit_bytes')).toBe(10 * 1024 ** 3)
    expect(of('oldest_stored_seconds')).toBe(0)
    expect(of('messages_lost_total')).toBe(0)
    expect(of('trouble_state')).toBe(0)
    expect(of('owner_state')).toBe(1)
    expect(of('owner_info', { owner: `${hostname()}:${process.pid}` })).toBe(1)
  })

  test('tells what an overflow has stored and given on', async () => {
    const { scrape } = await watched(storing())
    let series = seriesOf(await scrape())
    const of = (what: string, labels = {}) =>
      valueOf(series, `sluice_overflow_${what}`, { pipeline: 'storing', from: 'batch', to: 'sink', ...labels })
    // What is settled is written down a little later.
    while (of('stored_messages') !== 0 || of('messages_stored_total') !== 2) series = seriesOf(await scrape())
    expect(of('messages_stored_total')).toBe(2)
    expect(of('messages_out_total')).toBe(2)
    expect(of('messages_redelivered_total')).toBe(0)
    expect(of('messages_dropped_total', { reason: 'lost' })).toBe(0)
    expect(of('trouble_state')).toBe(0)
    expect(of('waiting_messages')).toBe(0)
    expect(of('messages_in_total')).toBe(2)
    expect(of('troubles_total')).toBe(0)
    expect(of('limit_bytes')).toBe(1_000_000)
    expect(of('owner_state')).toBe(1)
    expect(of('owner_info', { owner: `${hostname()}:${process.pid}` })).toBe(1)
  })

  test('counts what was sent, node by node', async () => {
    const { scrape } = await watched(counted())
    const series = seriesOf(await scrape())
    const of = (node: string, what: string) => valueOf(series, `sluice_node_${what}`, { node, pipeline: 'counted' })
    const figures = ['in', 'out', 'failed', 'acked'].map((what) => `messages_${what}_total`)
    const rows = ['numbers', 'even', 'picky', 'batch', 'sink'].map((node) => [
      node,
      ...figures.map((figure) => of(node, figure)),
    ])
    expect(rows).toEqual([
      ['numbers', 10, 10, 0, 9],
      ['even', 10, 5, 0, 0],
      ['picky', 5, 4, 1, 0],
      ['batch', 4, 2, 0, 0],
      ['sink', 2, 2, 0, 2],
    ])
    const bytes = (node: string) => ['bytes_in_total', 'bytes_out_total'].map((figure) => of(node, figure))
    // 256 bytes are charged where nothing came over a wire.
    expect(['numbers', 'even', 'picky', 'batch', 'sink'].map(bytes)).toEqual([
      [10 * 256, 10 * 256],
      [10 * 256, 5 * 256],
      [5 * 256, 4 * 256],
      [4 * 256, 4 * 256],
      [4 * 256, 4 * 256],
    ])
    expect(of('picky', 'work_seconds_total')).toBeGreaterThanOrEqual(0)
    expect(valueOf(series, 'sluice_node_messages_dropped_total', { node: 'even', reason: 'filtered' })).toBe(5)
    expect(valueOf(series, 'sluice_node_events_total', { node: 'numbers', event: 'made' })).toBe(3)
  })

  test('counts what was let in and its outcomes, pipeline by pipeline', async () => {
    const { scrape } = await watched(counted(), counted('other'))
    const series = seriesOf(await scrape())
    for (const pipeline of ['counted', 'other']) {
      const of = (what: string) => valueOf(series, `sluice_pipeline_messages_${what}_total`, { pipeline })
      expect(['admitted', 'acked', 'failed'].map(of)).toEqual([10, 9, 1])
    }
  })

  test('shows the state and what has no outcome, of each pipeline', async () => {
    const { scrape } = await watched(counted(), counted('other'))
    const series = seriesOf(await scrape())
    for (const pipeline of ['counted', 'other']) {
      expect(valueOf(series, 'sluice_pipeline_state', { pipeline, state: 'running' })).toBe(1)
      expect(valueOf(series, 'sluice_pipeline_state', { pipeline, state: 'failed' })).toBe(0)
      expect(valueOf(series, 'sluice_pipeline_unacked_messages', { pipeline })).toBe(0)
      expect(valueOf(series, 'sluice_pipeline_unacked_bytes', { pipeline })).toBe(0)
      expect(valueOf(series, 'sluice_pipeline_oldest_unacked_seconds', { pipeline })).toBe(0)
    }
  })

  test('shows each edge: its window, its credit, and what waits on it and before it', async () => {
    const { scrape } = await watched(counted())
    const series = seriesOf(await scrape())
    const edges = series.filter(({ name }) => name === 'sluice_edge_window_messages').map(({ labels }) => labels)
    expect(edges.map(({ from, to }) => [from, to])).toEqual([
      ['numbers', 'even'],
      ['even', 'picky'],
      ['picky', 'batch'],
      ['batch', 'sink'],
    ])
    const of = (what: string) => valueOf(series, `sluice_edge_${what}`, { from: 'even', to: 'picky' })
    expect(of('credit_messages')).toBe(of('window_messages'))
    const waiting = ['queued_messages', 'queued_bytes', 'waiting_messages', 'waiting_bytes'].map(of)
    expect(waiting).toEqual([0, 0, 0, 0])
  })

  test('shows the process: its memory beside its budget, its versions', async () => {
    const { scrape } = await watched(counted())
    const series = seriesOf(await scrape())
    expect(valueOf(series, 'sluice_process_resident_memory_bytes')).toBeGreaterThan(1e6)
    expect(valueOf(series, 'sluice_process_memory_budget_bytes')).toBeGreaterThan(1e6)
    expect(valueOf(series, 'sluice_build_info', { node_version: process.version })).toBe(1)
  })

  test('a counter never becomes less, also while messages that were taken wait again', async () => {
    const { figures } = new Pipeline(counted(), { env: realEnv, log: collectingLog() })
    let taken = 0
    const metrics = new Metrics(() => {
      const nodes = figures.stats.nodes.map((node) => ({ ...node, in: taken, queued: taken }))
      return [{ ...figures, stats: { ...figures.stats, nodes } }]
    })
    const shown: unknown[] = []
    for (taken of [10, 7, 12]) {
      const series = seriesOf((await metrics.scrape()).text)
      const of = (name: string) => valueOf(series, name, { node: 'even' })
      shown.push([of('sluice_node_messages_in_total'), of('sluice_node_queued_messages')])
    }
    metrics.close()
    expect(shown).toEqual([
      [10, 10],
      [10, 7],
      [12, 12],
    ])
  })

  test('a name that a component counts by may be anything', async () => {
    const { scrape } = await watched(counted('counted', 'a "quoted"\\\n}\u001b name'))
    expect(await scrape()).toContain(',event="a \\"quoted\\"\\\\\\\\n}\\\\u001b name"} 3\n')
  })

  test('scrapes at the same time each show everything, once', async () => {
    const { scrape } = await watched(counted())
    const texts = await Promise.all(Array.from({ length: 20 }, scrape))
    for (const text of texts) {
      const series = seriesOf(text)
      expect(valueOf(series, 'sluice_node_messages_out_total', { node: 'numbers' })).toBe(10)
      expect(valueOf(series, 'sluice_build_info')).toBe(1)
    }
  })

  test('answers HEAD without a body, and nothing but GET and HEAD', async () => {
    const { url } = await watched(counted())
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(await head.text()).toBe('')
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
  })

  test('is text, whatever a scraper would rather have', async () => {
    const { url } = await watched(counted())
    const response = await fetch(url, { headers: { accept: 'application/openmetrics-text; version=1.0.0' } })
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  })
})
