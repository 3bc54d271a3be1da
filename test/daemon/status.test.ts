import { expect, test } from 'vitest'
import type { NodeStats } from '../../src/core/stats.ts'
import { awaitedIn } from '../../src/daemon/status.ts'

test('what a pipeline waits for are the nodes that could not be opened so far, each with why', () => {
  const opening = { attempts: 3, error: 'connect ECONNREFUSED 127.0.0.1:6379', retryInMs: 4000 }
  const nodes = [{ name: 'ingress' }, { name: 'ledger', opening }] as unknown as NodeStats[]
  expect(awaitedIn({ nodes })).toEqual([{ node: 'ledger', ...opening }])
})
