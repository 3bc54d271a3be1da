import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Graph } from '../../src/core/graph.ts'
import { bind } from '../../src/core/spec.ts'
import { loadPlugin } from '../../src/registry/plugins.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { pipeline } from '../daemon/pipelines.ts'
import { modules } from './loading.ts'

const FOLDER = fileURLToPath(new URL('../../config/', import.meta.url))

test('redact blanks the fields that are named, and leaves all others as they are', async () => {
  const [redact] = await loadPlugin('./plugins/redact.ts', FOLDER, modules)
  const card = { id: 1, card: '4111', inner: { card: '4111' } }
  const seen: unknown[] = []
  const spec = pipeline({ data: [card, { id: 2 }], consumer: { each: (data) => void seen.push(data) } })
  const [source, sink] = spec.nodes
  const options = redact!.options.parse({ fields: ['card', 'iban'] })
  const stage = { name: 'safe', component: bind(redact!, options), from: [{ from: 'numbers' }], settings: {} }
  const env = new ManualEnv()
  const graph = new Graph({ ...spec, nodes: [source!, stage, { ...sink!, from: [{ from: 'safe' }] }] }, { env })
  await Promise.all([graph.start(), env.settle()])
  await env.settle()
  expect(seen).toEqual([{ id: 1, card: null, inner: { card: '4111' } }, { id: 2 }])
  expect(card.card).toBe('4111')
})
