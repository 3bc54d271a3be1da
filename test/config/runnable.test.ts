import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadPipeline } from '../../src/config/load.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { modules } from './loading.ts'

const FOLDER = fileURLToPath(new URL('../../config/', import.meta.url))
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))

test('there are pipelines that come with Sluice', () => {
  expect(FILES).toContain('payments.yaml')
})

test.each(FILES)('%s is valid, without a warning and without anything set in the environment', async (name) => {
  const options = { registry: createRegistry(), modules, environment: {}, memoryBytes: 1_000_000_000 }
  expect((await loadPipeline(`${FOLDER}${name}`, options)).warnings).toEqual([])
})
