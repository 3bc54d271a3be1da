import { expect, test, vi } from 'vitest'
import type { OverflowSpec } from '../../src/core/overflow-plan.ts'
import type { StoreEvents } from '../../src/core/overflow-store.ts'
import { start } from '../../src/daemon/start.ts'
import { HeldStore } from '../support/overflow.ts'
import { collectingLog } from './collecting.ts'
import { pipeline } from './pipelines.ts'

test('a pipeline that waits for the store of an overflow says so, and is told of when all of its nodes are open', async () => {
  let isDown = true
  const { createStore } = new HeldStore().overflow()
  const overflow: OverflowSpec = {
    createStore(world) {
      const store = createStore(world)
      const open = store.open.bind(store)
      const down = (): Promise<never> =>
        Promise.reject(Object.assign(new Error('nobody answers'), { code: 'ECONNREFUSED' }))
      return Object.assign(store, { open: (events: StoreEvents) => (isDown ? down() : open(events)) })
    },
  }
  const spec = pipeline({ isEndless: true })
  const [numbers, sink] = spec.nodes
  const stored = { ...spec, nodes: [numbers!, { ...sink!, from: [{ from: 'numbers', overflow }] }] }
  const opened: string[] = []
  const log = collectingLog()
  const running = await start(stored, { log, admin: { port: 0 }, onOpen: (name) => opened.push(name) })
  expect(log.lines).toContainEqual({
    level: 'info',
    message: 'the admin server listens',
    fields: { url: running.adminUrl },
  })
  const answer = await fetch(`${running.adminUrl}/ready`)
  expect([answer.status, await answer.json()]).toMatchObject([
    503,
    {
      pipelines: [
        { state: 'starting', opening: ['numbers→sink'], awaited: [{ node: 'numbers→sink', error: 'nobody answers' }] },
      ],
    },
  ])
  expect(opened).toEqual([])
  isDown = false
  await vi.waitFor(() => expect(opened).toEqual(['small']), { timeout: 10_000 })
  expect(running.statuses).toMatchObject([{ state: 'running', opening: [], awaited: [] }])
  await running.stop()
})
