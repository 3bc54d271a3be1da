import { expect, test } from 'vitest'
import { realEnv } from '../../src/core/env.ts'
import { ownersOf } from '../../src/daemon/attribution.ts'
import { Pipeline } from '../../src/daemon/pipeline.ts'
import { noteOrigins } from '../../src/registry/origins.ts'
import { collectingLog } from './collecting.ts'
import { keeping } from './counted.ts'

test('what the consumer of dead letters throws outside of its handler is its own', () => {
  const spec = keeping()
  noteOrigins(spec.deadLetters!.component, [{ file: '/plugins/archive.js' }])
  const { owners } = new Pipeline(spec, { env: realEnv, log: collectingLog() })
  const thrown = Object.assign(new Error('gone'), { stack: 'Error: gone\n    at save (/plugins/archive.js:3:7)' })
  expect(ownersOf(thrown, owners)).toMatchObject([{ pipeline: 'keeping', node: 'dead-letters' }])
})
