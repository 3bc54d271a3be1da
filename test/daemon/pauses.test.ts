import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { defineProducer } from '../../src/core/component.ts'
import { bind } from '../../src/core/spec.ts'
import { start } from '../../src/daemon/start.ts'
import { until } from '../support/pipeline.ts'
import { collectingLog } from './collecting.ts'
import { pipeline } from './pipelines.ts'

/** A few numbers each time, for ever. */
const numbers = defineProducer({
  name: 'numbers',
  summary: 'x',
  options: z.strictObject({}),
  create(_, { message }) {
    let next = 0
    return {
      async handleDemand(count) {
        await new Promise((resolve) => setImmediate(resolve))
        return Array.from({ length: Math.min(count, 10) }, () => message(next++))
      },
    }
  },
})

/** A pipeline whose producer always has more, and what came to its consumer. */
async function endless() {
  const seen: unknown[] = []
  const log = collectingLog()
  const { nodes, ...made } = pipeline({ consumer: { each: (data: unknown) => void seen.push(data) } })
  const spec = { ...made, nodes: [{ ...nodes[0]!, component: bind(numbers, {}) }, nodes[1]!] }
  const running = await start(spec, { log, admin: { port: 0 } })
  onTestFinished(() => running.stop().then(() => undefined))
  const ask = (path: string, method = 'POST') => fetch(`${running.adminUrl}/api/pipelines/${path}`, { method })
  /** Resolves when nothing has come for a hundred turns: what was under way has come to its end. */
  const stillness = async (): Promise<void> => {
    for (let before = -1; before !== seen.length;) {
      before = seen.length
      for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { running, seen, log, ask, stillness }
}

test('a pipeline that is paused takes nothing more, ends what it has, and goes on when it is told to', async () => {
  const { running, seen, stillness } = await endless()
  await until(() => seen.length > 100, 'messages flow')
  expect(running.pause('small')).toEqual(['numbers'])
  await stillness()
  expect(running.statuses[0]).toMatchObject({ state: 'running', takes: false, paused: ['numbers'], unacked: 0 })
  expect(running.resume('small')).toEqual([])
  const before = seen.length
  await until(() => seen.length > before + 100, 'messages flow again')
  expect(running.statuses[0]).toMatchObject({ takes: true, paused: [] })
})

test('a node that is paused takes nothing, and what stands before it is bounded by demand', async () => {
  const { running, seen, stillness } = await endless()
  await until(() => seen.length > 100, 'messages flow')
  expect(running.pause('small', 'sink')).toEqual(['sink'])
  await stillness()
  expect(running.statuses[0]).toMatchObject({ takes: true, paused: ['sink'], inFlight: 0 })
  expect(running.pause('small')).toEqual(['numbers', 'sink'])
  expect(running.resume('small', 'sink')).toEqual(['numbers'])
  expect(running.resume('small')).toEqual([])
})

test('a pipeline that is paused can be stopped, and gives everything an outcome', async () => {
  const { running, seen } = await endless()
  await until(() => seen.length > 100, 'messages flow')
  running.pause('small', 'sink')
  const [report] = await running.stop()
  expect(report).toMatchObject({ outcome: 'stopped' })
  expect(() => running.pause('small')).toThrow(expect.objectContaining({ code: 'SLUICE_ADMIN_ENDED' }))
})

test('the admin server pauses and resumes, and says what is paused', async () => {
  const { seen, ask, running, log } = await endless()
  await until(() => seen.length > 0, 'messages flow')
  const paused = await ask('small/pause?node=sink')
  expect([paused.status, await paused.json()]).toEqual([200, { pipeline: 'small', paused: ['sink'] }])
  const all = await ask('small/pause')
  expect(await all.json()).toEqual({ pipeline: 'small', paused: ['numbers', 'sink'] })
  expect((await fetch(`${running.adminUrl}/ready`)).status).toBe(503)
  const resumed = await ask('small/resume')
  expect(await resumed.json()).toEqual({ pipeline: 'small', paused: [] })
  expect((await fetch(`${running.adminUrl}/ready`)).status).toBe(200)
  expect(log.lines.map(({ message }) => message)).toContain('paused, as somebody has asked')
})

const NO_SUCH = [
  ['other/pause', 'SLUICE_ADMIN_NO_PIPELINE', 'no pipeline is called "other" here; there is: "small"'],
  ['small/pause?node=sinc', 'SLUICE_ADMIN_NO_NODE', 'small has no node "sinc"; did you mean "sink"?'],
  ['small/resume?node=', 'SLUICE_ADMIN_NO_NODE', 'small has no node ""; there is: "numbers", "sink"'],
] as const

test.each(NO_SUCH)('%s is refused, and says what there is', async (path, code, message) => {
  const { ask, running } = await endless()
  const response = await ask(path)
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ code, message })
  expect(running.statuses[0]!.paused).toEqual([])
})

const NOT_UNDERSTOOD = [
  ['small/pause?nodes=sink', '"nodes" is not something that can be said here; did you mean "node"?'],
  ['small/pause?node=sink&node=numbers', '`node` may stand once only'],
  ['small/resume?x', '"x" is not something that can be said here; there is: "node", "all"'],
] as const

test.each(NOT_UNDERSTOOD)('%s is refused, for it would be more than is meant', async (path, message) => {
  const { ask, running } = await endless()
  const response = await ask(path)
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ code: 'SLUICE_ADMIN_QUERY_INVALID', message })
  expect(running.statuses[0]!.paused).toEqual([])
})

test('whoever only looks pauses nothing', async () => {
  const { ask, running } = await endless()
  const response = await ask('small/pause', 'GET')
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  expect(running.statuses[0]!.paused).toEqual([])
})
