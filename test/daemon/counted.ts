import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { z } from 'zod'
import letters from '../../src/consumers/letters.ts'
import fillingDefinition from '../../src/consumers/overflow.ts'
import { defineConsumer, defineProducer, defineStage } from '../../src/core/component.ts'
import { bind, type ConsumerComponent, type NodeSpec, type PipelineSpec } from '../../src/core/spec.ts'
import type { Running } from '../../src/daemon/running.ts'
import { start } from '../../src/daemon/start.ts'
import batches from '../../src/stages/batch.ts'
import { HeldStore } from '../support/overflow.ts'
import { until } from '../support/pipeline.ts'

const NONE = z.strictObject({})
const running: Running[] = []
const folders: string[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((pipelines) => pipelines.stop()))
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
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
export function counted(name = 'counted', event = 'made'): PipelineSpec {
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

/** The same, with a store for what fails. */
export function keeping(): PipelineSpec {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-metrics-'))
  folders.push(folder)
  const component = bind(letters, { folder, limit: 2 ** 20 }) as ConsumerComponent
  const spec = counted('keeping')
  const nodes = spec.nodes.map((node) => ({ ...node, settings: { onFailure: 'dead-letter' as const } }))
  return { ...spec, nodes, deadLetters: { component, settings: {}, keep: 'entered' } }
}

/** The same, with a consumer that stores for another pipeline. */
export function filling(): PipelineSpec {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-metrics-'))
  folders.push(dataDir)
  const component = bind(fillingDefinition, fillingDefinition.options.parse({ name: 'spilled', dataDir }))
  const spec = counted('filling')
  const nodes = spec.nodes.map((node) => (node.name === 'sink' ? { ...node, component } : node))
  return { ...spec, nodes }
}

/** The same, with all stored that its consumer is given. */
export function storing(): PipelineSpec {
  const overflow = new HeldStore().overflow({ mode: 'always', limit: { bytes: 1_000_000 } })
  const spec = counted('storing')
  const stored = (node: NodeSpec) => ({ ...node, from: node.from.map((edge) => ({ ...edge, overflow })) })
  return { ...spec, nodes: spec.nodes.map((node) => (node.name === 'sink' ? stored(node) : node)) }
}

/** Pipelines that run until all they have was handled, and the way to their metrics. */
export async function watched(...specs: readonly PipelineSpec[]) {
  const pipelines = await start(specs, { admin: { port: 0 } })
  running.push(pipelines)
  await until(() => pipelines.statuses.every(({ unacked }) => unacked === 0), 'every message has an outcome')
  const url = `${pipelines.adminUrl}/metrics`
  return { url, scrape: async () => await (await fetch(url)).text() }
}
