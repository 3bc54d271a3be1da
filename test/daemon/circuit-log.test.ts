import { expect, test } from 'vitest'
import type { CircuitChange } from '../../src/core/circuit.ts'
import { realEnv } from '../../src/core/env.ts'
import { placeError } from '../../src/core/errors.ts'
import { CircuitLog } from '../../src/daemon/circuit-log.ts'
import { Pipeline } from '../../src/daemon/pipeline.ts'
import { until } from '../support/pipeline.ts'
import { collectingLog, manualEnv } from './collecting.ts'
import { pipeline } from './pipelines.ts'

const OPENED: CircuitChange = { state: 'opened', error: 'ECONNREFUSED', failures: 1, openMs: 0 }
const CLOSED: CircuitChange = { state: 'closed', error: 'ETIMEDOUT', failures: 7, openMs: 35_040 }

function circuitLog() {
  const log = collectingLog()
  const env = manualEnv()
  return { env, log, circuits: new CircuitLog(log, env), told: () => log.lines.map(({ message }) => message) }
}

test('an outage is told when it begins and when it is over: with its error, how long it was, and how many tries', () => {
  const { circuits, log } = circuitLog()
  circuits.changed('ledger', OPENED)
  circuits.changed('ledger', CLOSED)
  expect(log.lines).toEqual([
    {
      level: 'warn',
      message: "the place behind ledger doesn't work, so that it asks for nothing: ECONNREFUSED",
      fields: { node: 'ledger', error: 'ECONNREFUSED' },
    },
    {
      level: 'info',
      message:
        'the place behind ledger works again after 35 s: 7 calls had failed in a row, the last one with: ETIMEDOUT',
      fields: { node: 'ledger', error: 'ETIMEDOUT', openMs: 35_040, failures: 7 },
    },
  ])
})

test('a circuit that flaps is no flood of lines, and is counted all the same', () => {
  const { circuits, env, told } = circuitLog()
  for (let index = 0; index < 1000; index++) {
    circuits.changed('ledger', OPENED)
    circuits.changed('ledger', CLOSED)
  }
  expect(told()).toHaveLength(2)
  env.fire()
  expect(told().slice(2)).toEqual([
    'the place behind ledger works again after 35 s: 7 calls had failed in a row, the last one with: ETIMEDOUT (999 outages since this was last told)',
  ])
  env.fire()
  expect(told()).toHaveLength(3)
  expect([circuits.openingsOf('ledger'), circuits.openingsOf('other')]).toEqual([1000, 0])
  circuits.changed('ledger', OPENED)
  expect(told()).toHaveLength(4)
})

test('an outage that began right after another one was over, and lasts, is told before long, and its end as well', () => {
  const { circuits, env, told } = circuitLog()
  for (const change of [OPENED, CLOSED, OPENED]) circuits.changed('ledger', change)
  expect(told()).toHaveLength(2)
  env.fire()
  expect(told()[2]).toBe(
    "the place behind ledger doesn't work, so that it asks for nothing: ECONNREFUSED (1 outage since this was last told)",
  )
  circuits.changed('ledger', CLOSED)
  expect(told()[3]).toMatch(/^the place behind ledger works again/)
})

test('the outages of one node hide none of another', () => {
  const { circuits, told } = circuitLog()
  circuits.changed('ledger', OPENED)
  circuits.changed('mail', OPENED)
  expect(told()).toHaveLength(2)
})

test('what was not told is told when the graph ends, and no timer is left', () => {
  const { circuits, env, told } = circuitLog()
  for (const change of [OPENED, CLOSED, OPENED]) circuits.changed('ledger', change)
  circuits.close()
  expect(told()).toHaveLength(3)
  expect(env.timers.size).toBe(0)
})

test('a pipeline logs the outages of its nodes, shows them in its status, and counts them in its figures', async () => {
  const log = collectingLog()
  let isDown = true
  const each = (): void => {
    if (isDown) throw placeError('ECONNREFUSED', 'nobody listens')
  }
  const settings = { retry: { attempts: 1, backoff: { initialMs: 1, maxMs: 1 }, budget: 1 } }
  const running = new Pipeline(pipeline({ consumer: { each }, settings }), { env: realEnv, log })
  await running.open()
  await until(() => running.status.troubles.length > 0, 'it is said that the place is down')
  expect(running.status.troubles).toMatchObject([{ kind: 'outage', node: 'sink' }])
  expect(running.status.circuits).toMatchObject([{ node: 'sink', error: 'nobody listens', code: 'ECONNREFUSED' }])
  expect(running.figures.openingsOf('sink')).toBe(1)
  isDown = false
  expect(await running.ended).toMatchObject({ outcome: 'finished', unanswered: 0 })
  expect(log.lines.map(({ message }) => message).slice(0, 2)).toEqual([
    "the place behind sink doesn't work, so that it asks for nothing: nobody listens",
    expect.stringMatching(
      /^the place behind sink works again after [\d.]+ s: \d+ calls? had failed in a row, the last one/,
    ),
  ])
})
