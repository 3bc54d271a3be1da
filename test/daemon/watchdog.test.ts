import { describe, expect, test } from 'vitest'
import type { NodeStats, PipelineStats } from '../../src/core/stats.ts'
import { LongTurns } from '../../src/daemon/long-turns.ts'
import { LoopWatch, type Look } from '../../src/daemon/loop-watch.ts'
import { lookAt, type ProgressByNode } from '../../src/daemon/progress.ts'
import { TroubleTally } from '../../src/daemon/trouble-tally.ts'
import { Watchdog } from '../../src/daemon/watchdog.ts'
import { Deferred } from '../../src/testing/simulator/world.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { asking, consumer, kernel, Source, stage } from '../support/kernel.ts'
import { collectingLog } from './collecting.ts'

const SECOND = 1000
const NODE: NodeStats = {
  name: 'sink',
  kind: 'consumer',
  component: 'sink',
  in: 0,
  bytesIn: 0,
  out: 0,
  bytesOut: 0,
  acked: 0,
  failed: 0,
  dropped: {},
  restarts: 0,
  timeouts: 0,
  workMs: 0,
  queued: 0,
  inFlight: 0,
  held: 0,
  available: 0,
  hasRoom: true,
  isPaused: false,
  calls: 0,
  abandonedCalls: 0,
  oldestCallMs: undefined,
  hook: undefined,
  own: {},
}

/** The state of a node that looks the same for so long. */
function stateAfter(seconds: number, node: Partial<NodeStats>, state: PipelineStats['state'] = 'running') {
  let progress: ProgressByNode = new Map()
  const stats = { state, nodes: [{ ...NODE, ...node }] } as unknown as PipelineStats
  for (let now = 0; now <= seconds * SECOND; now += SECOND) progress = lookAt(stats, progress, now)
  return progress.get('sink')?.state
}

describe('a node that has messages and credit and does nothing', () => {
  test.each([
    ['is working at first', 9, { available: 3 }, 'working'],
    ['is stalled after ten seconds', 11, { available: 3 }, 'stalled'],
    ['is stalled also where it has taken them', 11, { inFlight: 3 }, 'stalled'],
    ['is blocked where there is no credit below', 60, { available: 3, hasRoom: false }, 'blocked'],
    ['is paused where it was paused', 60, { available: 3, isPaused: true }, 'paused'],
    ['is working while a call is under way, whose timeout decides', 60, { available: 3, calls: 1 }, 'working'],
    ['is starved where it has none', 60, {}, 'starved'],
    ['is opening while it opens', 5, { available: 3, hook: 'open' as const }, 'opening'],
    ['is stalled where it never opens again', 60, { available: 3, hook: 'open' as const }, 'stalled'],
  ])('%s', (...[, seconds, node, expected]) => {
    expect(stateAfter(seconds, node)).toBe(expected)
  })

  test('of a pipeline that does not run nothing is said', () => {
    expect(stateAfter(60, { available: 3 }, 'starting')).toBe(undefined)
    expect(stateAfter(60, { available: 3 }, 'draining')).toBe('stalled')
  })

  test('whatever it does counts as progress', () => {
    const changes: Partial<NodeStats>[] = [
      { in: 1 },
      { in: 0, out: 1 },
      { failed: 1 },
      { dropped: { shed: 1 } },
      { restarts: 1 },
    ]
    for (const change of changes) {
      const look = (node: Partial<NodeStats>, before: ProgressByNode, now: number) =>
        lookAt(
          { state: 'running', nodes: [{ ...NODE, available: 3, ...node }] } as unknown as PipelineStats,
          before,
          now,
        )
      const still = look({}, look({}, look({}, new Map(), 0), SECOND), 9 * SECOND)
      expect(look(change, still, 11 * SECOND).get('sink')).toMatchObject({ state: 'working', idleSince: undefined })
      expect(look({}, still, 11 * SECOND).get('sink')).toMatchObject({ state: 'stalled' })
    }
  })
})

/** A graph that a watchdog looks at each second. */
function watched(nodes: Parameters<typeof kernel>[0]) {
  const { graph, env } = kernel(nodes)
  const log = collectingLog()
  const dog = new Watchdog({ env, log })
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await env.advanceAsync(SECOND)
      dog.look(graph.stats())
    }
  }
  return { graph, env, log, dog, pass, told: () => log.lines.map(({ level, message }) => `${level}: ${message}`) }
}

describe('the watchdog', () => {
  test('names a node whose component never opens again after a restart, once, and says when it goes on', async () => {
    const source = new Source({ queue: {} })
    const again = new Deferred()
    let opened = 0
    const sink = consumer(() => ({
      open: () => (opened++ === 0 ? undefined : (again as PromiseLike<unknown> as Promise<void>)),
      each: () => undefined,
    }))
    const { graph, dog, pass, told } = watched({
      source: { component: source.component },
      sink: { component: sink, from: ['source'] },
    })
    await pass(1)
    graph.restart('sink')
    source.push(1, 2)
    await pass(5)
    expect(dog.states).toEqual({ source: 'starved', sink: 'opening' })
    expect(dog.troubles).toEqual([])
    await pass(30)
    expect(dog.states).toEqual({ source: 'starved', sink: 'stalled' })
    const message = 'has 2 messages and credit, and makes no progress: it waits for its `open` to come back'
    expect(dog.troubles).toMatchObject([{ kind: 'stalled', node: 'sink', message }])
    expect(told()).toEqual([`warn: sink ${message}`])
    again.resolve(undefined)
    await pass(1)
    expect(dog.troubles).toEqual([])
    expect(told()[1]).toMatch(/^info: sink goes on, after \d+ s$/)
  })

  test('says nothing of a pipeline that waits for credit, for messages, or for calls within their timeout', async () => {
    const source = new Source()
    const { dog, pass, told } = watched({
      source: { component: source.component },
      middle: { component: stage(() => ({ map: (data: unknown) => data })), from: ['source'] },
      slow: {
        component: consumer(() => ({ each: () => new Promise(() => {}) })),
        from: [asking('middle', 4)],
        settings: { timeoutMs: 3_600_000 },
      },
    })
    await pass(120)
    expect(dog.states).toEqual({ source: 'blocked', middle: 'blocked', slow: 'working' })
    expect(told()).toEqual([])
  })

  test('D13: names a node whose handler has not come back after its timeout, with what is still out', async () => {
    const source = new Source({ queue: {} })
    const hung = new Deferred()
    const { graph, dog, pass, told } = watched({
      source: { component: source.component },
      sink: {
        component: consumer(() => ({
          each: (data: unknown) => (data === 0 ? hung : undefined),
        })),
        from: ['source'],
        settings: { timeoutMs: 30 * SECOND, concurrency: 2 },
      },
    })
    source.push(0, 1)
    await pass(29)
    expect(graph.stats().nodes[1]).toMatchObject({ calls: 1, abandonedCalls: 0, oldestCallMs: 29 * SECOND })
    expect(dog.troubles).toEqual([])
    await pass(16)
    const message =
      'waits for its handler: 1 call has not come back after the timeout, the oldest began 45 s ago (1 call has taken longer than the timeout so far)'
    expect(dog.troubles).toMatchObject([{ kind: 'hung', node: 'sink', message, count: 1 }])
    expect(told()).toHaveLength(1)
    hung.resolve(undefined)
    await pass(60)
    expect(dog.troubles).toEqual([])
    expect(told()[1]).toContain('info: sink has no call that hangs any more')
  })

  test('D13: names it also where the node was restarted over it, for a minute', async () => {
    const source = new Source({ queue: {} })
    const { dog, pass } = watched({
      source: { component: source.component },
      sink: { component: consumer(() => ({ each: () => new Promise(() => {}) })), from: ['source'] },
    })
    source.push(0)
    await pass(31)
    expect(dog.troubles).toMatchObject([
      {
        kind: 'hung',
        message: 'waits for its handler: 1 call has taken longer than the timeout so far, the last one within a minute',
      },
    ])
    await pass(61)
    expect(dog.troubles).toEqual([])
  })
})

describe('what keeps the event loop', () => {
  function watch() {
    const env = new ManualEnv()
    const log = collectingLog()
    const happened = new TroubleTally()
    return { env, log, happened, told: () => log.lines.map(({ message }) => message) }
  }

  test('a long turn is told with its node, at most once in ten seconds, and always counted', () => {
    const { env, log, happened, told } = watch()
    const turns = new LongTurns({ env, log, happened })
    for (const ms of [700, 800, 900]) turns.add('parsed', ms)
    turns.add(undefined, 600)
    env.advance(10 * SECOND)
    turns.add('parsed', 1000)
    expect(told()).toEqual([
      'parsed kept the event loop for 700 ms: nothing else could go on meanwhile',
      'one of its nodes kept the event loop for 600 ms: nothing else could go on meanwhile',
      'parsed kept the event loop for 1000 ms: nothing else could go on meanwhile (and 2 more since this was last told)',
    ])
    expect(happened.troubles).toMatchObject([
      { kind: 'blocked-loop', node: 'parsed', count: 4, at: '2023-11-14T22:13:30.000Z' },
      { kind: 'blocked-loop', node: null, count: 1 },
    ])
  })

  test('a tick that comes late is told with the nodes that had calls, unless a turn explains it', () => {
    const { env, log, happened, told } = watch()
    const loop = new LoopWatch({ env, log, unnamed: happened })
    const look = (waitedMs: number, longTurns: number, seen: Partial<Look> = {}) => {
      env.advance(waitedMs)
      return loop.look({ longTurns, unnamedTurns: 0, calling: ['sink of jobs'], sightings: [], ...seen })
    }
    look(1000, 0)
    look(1900, 0)
    look(3000, 1)
    expect(told()).toEqual([])
    look(3500, 1)
    expect(told()).toEqual([
      'the event loop was kept for about 2.5 s, outside of all turns; calls were under way at sink of jobs',
    ])
    // Who was seen from outside is named, also where a turn without a name explains it.
    const sighting = { owners: [{ pipeline: 'jobs', node: 'sink' }], message: 'kept the event loop' }
    const nobody = { owners: [], message: 'kept the event loop' }
    expect(look(7000, 1, { sightings: [sighting] })).toEqual([sighting])
    expect(look(7000, 2, { unnamedTurns: 1, sightings: [sighting] })).toEqual([sighting])
    expect(look(7000, 3, { unnamedTurns: 1, sightings: [sighting] })).toEqual([])
    expect(look(7000, 4, { unnamedTurns: 2, sightings: [nobody] })).toEqual([])
    expect(happened.countOf('blocked-loop')).toBe(1)
  })
})
