import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineConsumer, defineProducer, defineStage } from '../../src/core/component.ts'
import { bind, type NodeSpec, type PipelineSpec } from '../../src/core/spec.ts'
import { familyOf } from '../../src/daemon/metric-family.ts'
import { METRIC_FAMILIES } from '../../src/daemon/metric-table.ts'
import { start, type Running } from '../../src/daemon/start.ts'
import batches from '../../src/stages/batch.ts'
import { until } from '../support/pipeline.ts'
import { seriesOf, valueOf } from './exposition.ts'

const TABLE = METRIC_FAMILIES.flatMap(({ metrics }) => metrics)
const NONE = z.strictObject({})
const running: Running[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((pipelines) => pipelines.stop()))
})

/** Gives 10 numbers, and never ends; counts what it likes. */
const numbers = (event: string) =>
  defineProducer({
    name: 'numbers',
    summary: 'x',
    options: NONE,
    create: (_, { message, metrics }) => {
      const left = Array.from({ length: 10 }, (__, index) => index)
      metrics.add(event, 3)
      return { handleDemand: (count) => left.splice(0, count).map((data) => message(data)), settle: () => undefined }
    },
  })

const even = defineStage({
  name: 'even',
  summary: 'x',
  options: NONE,
  create: () => ({ filter: (data: number) => data % 2 === 0 }),
})

const picky = defineStage({
  name: 'picky',
  summary: 'x',
  options: NONE,
  create: () => ({
    map: (data: number) => {
      if (data === 4) throw new Error('not four')
      return data
    },
  }),
})

const sink = defineConsumer({ name: 'sink', summary: 'x', options: NONE, create: () => ({ each: () => undefined }) })

/** 10 numbers, of which 5 are dropped, 1 fails, and 4 arrive in batches of 2. */
function counted(name = 'counted', event = 'made'): PipelineSpec {
  const node = (component: NodeSpec['component'], ...from: string[]): NodeSpec => {
    return { name: component.name, component, from: from.map((giver) => ({ from: giver })), settings: {} }
  }
  return {
    name,
    stopTimeoutMs: 10_000,
    memoryBytes: 100 * 1024 * 1024,
    nodes: [
      node(bind(numbers(event), {})),
      node(bind(even, {}), 'numbers'),
      node(bind(picky, {}), 'even'),
      node(bind(batches, { size: 2, timeout: 60_000 }), 'picky'),
      node(bind(sink, {}), 'batch'),
    ],
  }
}

/** Pipelines that run until all they have was handled, and the way to their metrics. */
async function watched(...specs: readonly PipelineSpec[]) {
  const pipelines = await start(specs, { admin: { port: 0 } })
  running.push(pipelines)
  await until(() => pipelines.statuses.every(({ unacked }) => unacked === 0), 'every message has an outcome')
  const url = `${pipelines.adminUrl}/metrics`
  return { url, scrape: async () => await (await fetch(url)).text() }
}

describe('the table of metrics', () => {
  test('has names as Prometheus wants them, each once, with a phrase that says what it is', () => {
    const names = TABLE.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)])
    expect(names.length).toBeGreaterThan(15)
    for (const { name, help, labels } of TABLE) {
      expect(name).toMatch(/^sluice(_[a-z]+)+_(total|messages|bytes|seconds|state|info)$/)
      expect(help).toMatch(/^[a-z0-9].*[^.]$/)
      expect(labels.filter((label) => !/^[a-z]+(_[a-z]+)*$/.test(label))).toEqual([])
    }
  })
})

describe('/metrics', () => {
  test('shows exactly what the table says, with its types and labels', async () => {
    const { scrape } = await watched(counted())
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

  test('counts what was sent, node by node', async () => {
    const { scrape } = await watched(counted())
    const series = seriesOf(await scrape())
    const of = (node: string, what: string) => valueOf(series, `sluice_node_${what}`, { node, pipeline: 'counted' })
    const rows = ['numbers', 'even', 'picky', 'batch', 'sink'].map((node) => [
      node,
      ...['messages_in_total', 'messages_out_total', 'messages_failed_total'].map((what) => of(node, what)),
    ])
    expect(rows).toEqual([
      ['numbers', 0, 10, 0],
      ['even', 10, 5, 0],
      ['picky', 5, 4, 1],
      ['batch', 4, 2, 0],
      ['sink', 2, 2, 0],
    ])
    expect(valueOf(series, 'sluice_node_messages_dropped_total', { node: 'even', reason: 'filtered' })).toBe(5)
    expect(valueOf(series, 'sluice_node_events_total', { node: 'numbers', event: 'made' })).toBe(3)
  })

  test('shows the state and what has no outcome, of each pipeline', async () => {
    const { scrape } = await watched(counted(), counted('other'))
    const series = seriesOf(await scrape())
    for (const pipeline of ['counted', 'other']) {
      expect(valueOf(series, 'sluice_pipeline_state', { pipeline, state: 'running' })).toBe(1)
      expect(valueOf(series, 'sluice_pipeline_state', { pipeline, state: 'failed' })).toBe(0)
      expect(valueOf(series, 'sluice_pipeline_unacked_messages', { pipeline })).toBe(0)
      expect(valueOf(series, 'sluice_pipeline_oldest_unacked_seconds', { pipeline })).toBe(0)
    }
  })

  test('shows the process: its memory beside its budget, its versions', async () => {
    const { scrape } = await watched(counted())
    const series = seriesOf(await scrape())
    expect(valueOf(series, 'sluice_process_resident_memory_bytes')).toBeGreaterThan(1e6)
    expect(valueOf(series, 'sluice_process_memory_budget_bytes')).toBeGreaterThan(1e6)
    expect(valueOf(series, 'sluice_build_info', { node_version: process.version })).toBe(1)
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

describe('what components name themselves', () => {
  type Counts = Readonly<Record<string, number>>
  const family = familyOf<Counts, Counts>({
    title: 'x',
    labels: { node: () => 'n' },
    sources: (counts) => [counts],
    metrics: { x_total: { help: 'x', by: 'event', read: (counts) => counts } },
  })
  const shown = (counts: Counts) =>
    family.metrics[0]!.samples(counts).map(({ labels, value }) => [labels['event'], value])

  test('is shown by name for the first hundred, and together for the others', () => {
    const counts = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`event ${index}`, 2]))
    const samples = shown(counts)
    expect(samples).toHaveLength(101)
    expect(samples[99]).toEqual(['event 99', 2])
    expect(samples[100]).toEqual(['other', 100])
  })

  test('is cut, and counted together where it is the same then', () => {
    const long = 'x'.repeat(100)
    expect(shown({ [`${long}a`]: 1, [`${long}b`]: 2 })).toEqual([[`${long}…`, 3]])
  })

  test('is left out where it is no count', () => {
    expect(shown({ a: Number.NaN, b: -1, c: Infinity, d: 0 })).toEqual([['d', 0]])
  })
})
