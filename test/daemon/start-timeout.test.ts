import { expect, test } from 'vitest'
import { Pipeline } from '../../src/daemon/pipeline.ts'
import { hintFor } from '../../src/daemon/hints.ts'
import { exitCodeOfOpening } from '../../src/daemon/exit-codes.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { collectingLog } from './collecting.ts'
import { pipeline } from './pipelines.ts'

/** A hook that never comes back. */
const never = (): Promise<void> => new Promise(() => {})

test('a node that never says it is open fails its pipeline in time, and is named', async () => {
  const env = new ManualEnv()
  const log = collectingLog()
  const hung = new Pipeline(
    { ...pipeline({ consumer: { open: never, each: () => undefined } }), startTimeoutMs: 5000 },
    { env, log },
  )
  const opened = hung.open()
  await env.advanceAsync(4999)
  expect(hung.status).toMatchObject({ state: 'starting', opening: ['sink'] })
  await env.advanceAsync(1)
  await env.advanceAsync(1000)
  const error = await opened
  expect(error).toMatchObject({ code: 'SLUICE_START_TIMEOUT' })
  expect(exitCodeOfOpening(error)).toBe(69)
  const report = await hung.ended
  expect(report).toMatchObject({ outcome: 'failed', node: 'sink', hasOpened: false })
  expect(exitCodeOfOpening(report.error)).toBe(69)
  expect(log.lines).toMatchObject([
    {
      level: 'error',
      message: "sink can't be opened: sink has not opened within 5 s",
      fields: { code: 'SLUICE_START_TIMEOUT', hint: hintFor('SLUICE_START_TIMEOUT') },
    },
  ])
})

test('a minute is the limit where nothing is said, and what opens in time leaves no timer behind', async () => {
  const env = new ManualEnv()
  const small = new Pipeline(pipeline({ isEndless: true, data: [] }), { env, log: collectingLog() })
  const opened = small.open()
  expect(env.nextTimerInMs).toBe(60_000)
  expect(await opened).toBe(undefined)
  expect(env.timers).toBe(0)
  expect(small.status).toMatchObject({ state: 'running', opening: [] })
})

test('a stop while a node is opening is no failure', async () => {
  const env = new ManualEnv()
  const hung = new Pipeline(pipeline({ producer: { open: never } }), { env, log: collectingLog() })
  const opened = hung.open()
  await env.settle()
  hung.stop()
  await env.advanceAsync(120_000)
  expect(await opened).toBe(undefined)
  expect(await hung.ended).toMatchObject({ outcome: 'stopped' })
})
