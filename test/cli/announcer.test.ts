import { expect, test } from 'vitest'
import { Announcer } from '../../src/cli/announcer.ts'
import type { PipelineSpec } from '../../src/core/spec.ts'
import type { Running } from '../../src/daemon/running.ts'
import type { PipelineStatus } from '../../src/daemon/status.ts'
import { collectingLog } from '../daemon/collecting.ts'
import { pipeline } from '../daemon/pipelines.ts'

/** Pipelines in such states, and what is said of them. */
function announcing(states: Readonly<Record<string, string>>, more: Partial<PipelineSpec> = {}) {
  const log = collectingLog()
  const end = new AbortController()
  const specs = Object.keys(states).map((name) => ({ ...pipeline({ name }), ...more }))
  const running: Pick<Running, 'adminUrl' | 'statuses'> = {
    adminUrl: 'http://127.0.0.1:9464',
    statuses: Object.entries(states).map(([name, state]) => ({ name, state }) as PipelineStatus),
  }
  const announcer = new Announcer(specs, { log, doors: [], signal: end.signal })
  return { announcer, running, end, told: () => log.lines.map(({ message }) => message) }
}

test('what is open is told of together, what waits for something when that is there', () => {
  const { announcer, running, told } = announcing({ early: 'running', late: 'starting' })
  announcer.opened('early')
  expect(told()).toEqual([])
  announcer.started(running)
  expect(told()).toEqual(['early is running'])
  announcer.opened('late')
  expect(told()).toEqual(['early is running', 'late is running'])
})

test('what could not be opened is not told of, nor anything that it takes with it', () => {
  const states = { good: 'running', bad: 'failed' }
  const one = announcing(states)
  const all = announcing(states, { onPipelineFailure: 'exit' })
  for (const { announcer, running } of [one, all]) {
    announcer.opened('good')
    announcer.started(running)
  }
  expect(one.told()).toEqual(['good is running'])
  expect(all.told()).toEqual([])
})

test('a pipeline that opens while everything is stopped is not told of', () => {
  const { announcer, running, end, told } = announcing({ late: 'starting' })
  announcer.started(running)
  end.abort()
  announcer.opened('late')
  expect(told()).toEqual([])
})
