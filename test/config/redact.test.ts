import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loadPlugin } from '../../src/registry/plugins.ts'
import { conformanceTests, harness } from '../../src/testing/index.ts'
import { modules } from './loading.ts'

const FOLDER = fileURLToPath(new URL('../../config/', import.meta.url))
const [redact] = await loadPlugin('./plugins/redact.ts', FOLDER, modules)

if (redact?.kind !== 'stage') throw new Error('redact is a stage')

const card = { id: 1, card: '4111', inner: { card: '4111' } }

conformanceTests({ describe, test }, redact, {
  options: { fields: ['card', 'iban'] },
  values: [card, { id: 2 }, { iban: 'DE02' }],
  malformed: [null, undefined],
})

test('redact blanks the fields that are named, and leaves all others as they are', async () => {
  const run = harness(redact, { options: { fields: ['card', 'iban'] } })
  run.grant(10)
  await run.push([card, { id: 2 }, null])
  expect(run.given).toEqual([{ id: 1, card: null, inner: { card: '4111' } }, { id: 2 }])
  expect(run.outcomes).toMatchObject([{ outcome: 'acked' }, { outcome: 'acked' }, { data: null, outcome: 'failed' }])
  await run.stop()
})
