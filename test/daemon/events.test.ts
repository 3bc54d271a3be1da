import { expect, test } from 'vitest'
import type { NodeStats, OverflowStats } from '../../src/core/stats.ts'
import { PipelineEvents, type PipelineEvent } from '../../src/daemon/events.ts'

const NODE = { name: 'sink', restarts: 0, deadLettered: 0, isPaused: false } as NodeStats
const OVERFLOW = { from: 'numbers', to: 'sink', state: 'direct' } as OverflowStats

function isNews([field]: [string, unknown]): boolean {
  return field !== 'pipeline' && field !== 'at'
}

function watched() {
  const told: PipelineEvent[] = []
  const events = new PipelineEvents({
    pipeline: 'small',
    env: { date: () => 7 },
    tell: (event) => void told.push(event),
  })
  const graph = (node: Partial<NodeStats> = {}, overflow: Partial<OverflowStats> = {}, isOpen = true) => ({
    nodes: new Map([['sink', { name: 'sink', isOpen }]]),
    stats: () => ({ nodes: [{ ...NODE, ...node }], overflows: [{ ...OVERFLOW, ...overflow }] }),
  })
  /** What was told since the last time. */
  const news = () => told.splice(0).map((event) => Object.fromEntries(Object.entries(event).filter(isNews)))
  return { events, graph, news, told }
}

test('a node is told of when it is open, once, and the start after all of them', () => {
  const { events, graph, news, told } = watched()
  events.look(graph({}, {}, false))
  expect(news()).toEqual([])
  events.started(graph())
  expect(told[0]).toEqual({ pipeline: 'small', at: 7, type: 'node-opened', node: 'sink' })
  expect(news()).toEqual([{ type: 'node-opened', node: 'sink' }, { type: 'started' }])
  events.look(graph())
  expect(news()).toEqual([])
})

test('dead letters and restarts are counted, however many there are between two looks', () => {
  const { events, graph, news } = watched()
  events.started(graph())
  news()
  events.look(graph({ deadLettered: 5_000 }))
  events.look(graph({ deadLettered: 5_000 }))
  events.look(graph({ deadLettered: 5_003, restarts: 2 }))
  expect(news()).toEqual([
    { type: 'dead-letters', node: 'sink', count: 5_000 },
    { type: 'node-restarted', node: 'sink', count: 2 },
    { type: 'dead-letters', node: 'sink', count: 3 },
  ])
})

test('pauses and overflows are told when they begin and when they end', () => {
  const { events, graph, news } = watched()
  events.started(graph())
  news()
  events.look(graph({ isPaused: true }, { state: 'spilling' }))
  events.look(graph({ isPaused: true }, { state: 'draining' }))
  events.look(graph())
  expect(news()).toEqual([
    { type: 'paused', node: 'sink' },
    { type: 'overflow-opened', from: 'numbers', to: 'sink' },
    { type: 'resumed', node: 'sink' },
    { type: 'overflow-closed', from: 'numbers', to: 'sink' },
  ])
})

test('outages are told at once, and the end with what had not been told before', () => {
  const { events, graph, news } = watched()
  events.started(graph())
  news()
  events.circuit('sink', { state: 'opened', error: 'refused', failures: 1, openMs: 0 })
  events.circuit('sink', { state: 'closed', error: 'refused', failures: 3, openMs: 1_200.4 })
  events.draining()
  events.ended(graph({ deadLettered: 1 }), { outcome: 'stopped', node: undefined, error: undefined })
  expect(news()).toEqual([
    { type: 'circuit-opened', node: 'sink', error: 'refused' },
    { type: 'circuit-closed', node: 'sink', openMs: 1_200 },
    { type: 'draining' },
    { type: 'dead-letters', node: 'sink', count: 1 },
    { type: 'finished', outcome: 'stopped' },
  ])
})
