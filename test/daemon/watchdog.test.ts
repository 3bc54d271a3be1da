import { describe, expect, test } from 'vitest'
import type { ProducerContext } from '../../src/core/component.ts'
import type { ProducerComponent } from '../../src/core/spec.ts'
import type { NodeStats, PipelineStats } from '../../src/core/stats.ts'
import { lookAt, type ProgressByNode } from '../../src/daemon/progress.ts'
import { Watchdog } from '../../src/daemon/watchdog.ts'
import { Deferred } from '../../src/testing/simulator/world.ts'
import { asking, consumer, kernel, Source, stage } from '../support/kernel.ts'
import { collectingLog } from './collecting.ts'
import { NODE } from './node-stats.ts'

const SECOND = 1000

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
    ['is throttled while its circuit is open', 60, { available: 3, heldBackBy: 'circuit' as const }, 'throttled'],
    [
      'is throttled while all that it has is tried again',
      60,
      { inFlight: 3, heldBackBy: 'retry' as const },
      'throttled',
    ],
    [
      'is opening while that is tried again',
      60,
      { available: 3, opening: { attempts: 2, error: 'x', retryInMs: 1 } },
      'opening',
    ],
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
  const { graph, env } = kernel(nodes, { stopTimeoutMs: 25 * SECOND })
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
    expect(dog.troubles).toMatchObject([{ kind: 'hung' }, { kind: 'stalled', node: 'sink', message }])
    expect(told()[1]).toBe(`warn: sink ${message}`)
    again.resolve(undefined)
    await pass(1)
    expect(dog.troubles).toEqual([])
    expect(told()[3]).toMatch(/^info: sink goes on, after \d+ s$/)
  })

  test('names a node whose `open` does not come back when the pipeline starts, with its component and for how long', async () => {
    const again = new Deferred()
    const open = (): Promise<void> => again as PromiseLike<unknown> as Promise<void>
    const { dog, pass, told } = watched({
      source: { component: new Source({ queue: {} }).component },
      sink: { component: consumer(() => ({ open, each: () => undefined })), from: ['source'] },
    })
    await pass(10)
    expect(dog.troubles).toEqual([])
    await pass(20)
    const message = 'waits for its `open` to come back, for 29 s now (component consumer)'
    expect(dog.troubles).toMatchObject([{ kind: 'hung', node: 'sink', message }])
    expect(told()).toHaveLength(1)
    again.resolve(undefined)
    await pass(1)
    expect(dog.troubles).toEqual([])
  })

  test('names a producer whose `settle` does not come back, and not one that settles all the time', async () => {
    const source = new Source({ queue: {} })
    const busy = new Source({ queue: {} })
    const settling = ({ component }: Source, settle: () => Promise<void>): ProducerComponent => ({
      ...component,
      create: (context) => ({ ...component.create(context), settle }),
    })
    const { dog, pass } = watched({
      source: { component: settling(source, () => new Promise(() => {})) },
      busy: { component: settling(busy, () => Promise.resolve()) },
      sink: { component: consumer(() => ({ each: () => undefined })), from: ['source', 'busy'] },
    })
    source.push(0)
    for (let second = 0; second < 30; second++) {
      busy.push(second)
      await pass(1)
    }
    expect(dog.troubles).toMatchObject([{ kind: 'hung', node: 'source' }])
    expect(dog.troubles[0]!.message).toMatch(/^waits for its `settle` to come back, for \d+ s now/)
  })

  test('names a producer whose `handleDemand` does not come back once nothing more is wanted, and not before', async () => {
    const source = new Source()
    const handleDemand = (): Promise<never> => new Promise(() => {})
    const polling = {
      ...source.component,
      create: (context: ProducerContext) => ({ ...source.component.create(context), handleDemand }),
    }
    const { graph, dog, pass } = watched({
      source: { component: polling },
      sink: { component: consumer(() => ({ each: () => undefined })), from: ['source'] },
    })
    await pass(60)
    expect(dog.troubles).toEqual([])
    void graph.stop()
    await pass(20)
    const message =
      'waits for its `handleDemand` to come back, whose signal has aborted, for 19 s now (component source)'
    expect(dog.troubles).toMatchObject([{ kind: 'hung', node: 'source', message }])
    await pass(10)
    expect([graph.state, dog.troubles]).toEqual(['finished', []])
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
        settings: { timeoutMs: 30 * SECOND, concurrency: 2, giveUpAfterMs: 0 },
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
      sink: {
        component: consumer(() => ({ each: () => new Promise(() => {}) })),
        from: ['source'],
        settings: { giveUpAfterMs: 0 },
      },
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
