import { afterEach, describe, expect, test, vi } from 'vitest'
import type { RecordedEvent } from '../../src/core/recorder.ts'
import type { Recording } from '../../src/core/recording.ts'
import { Graph } from '../../src/core/graph.ts'
import { replay } from '../../src/testing/replay/replay.ts'
import { simulate } from '../../src/testing/simulator/simulate.ts'
import { asking, discarding, kernel, range, Source } from '../support/kernel.ts'

/** What the recorders of a simulated run had at some turns, and at its end. */
function recordingsOf(seed: number): Recording[] {
  const recordings: Recording[] = []
  let turns = 0
  const start = vi.spyOn(Graph.prototype, 'start').mockImplementation(function (this: Graph) {
    start.mockRestore()
    const { onTurn } = this.scheduler
    this.scheduler.onTurn = () => {
      onTurn?.()
      if (++turns % 97 === 0 && recordings.length < 8) recordings.push(this.record('test'))
    }
    atEnd = () => this.record('end')
    return this.start()
  })
  let atEnd: (() => Recording) | undefined
  simulate(seed)
  return [...recordings, atEnd!()]
}

/** A pipeline in which 100 messages have been asked for, and 60 of them are on their way. */
function recorded(then?: (graph: Graph) => void): Recording {
  const source = new Source({ queue: {} })
  const { graph, env } = kernel({
    source: { component: source.component },
    sink: { component: discarding, from: [asking('source', 100)] },
  })
  graph.pause('sink')
  source.push(...range(60))
  env.run()
  then?.(graph)
  env.run()
  return graph.record('test')
}

const changed = (recording: Recording, event: RecordedEvent['event'], count: number): Recording => ({
  ...recording,
  events: recording.events.map((each) => (each.event === event ? { ...each, count } : each)),
})

describe('replay', () => {
  afterEach(() => vi.restoreAllMocks())

  test('comes to the same state, whatever has happened: 300 simulated runs with faults', () => {
    let events = 0
    for (let seed = 1; seed <= 300; seed++) {
      for (const recording of recordingsOf(seed)) {
        const { isSame, deviations, events: count } = replay(recording)
        events += count
        expect(deviations, `seed ${seed}`).toEqual([])
        expect(isSame).toBe(true)
      }
    }
    expect(events).toBeGreaterThan(100_000)
  })

  test('a recording survives a file', () => {
    expect(replay(JSON.parse(JSON.stringify(recorded())) as unknown).isSame).toBe(true)
  })

  test('tells the last events in words', () => {
    expect(replay(recorded()).lines).toEqual([
      '1  -0.000 s  source → sink  is asked for 100 messages',
      '2  -0.000 s  source → sink  is paused',
      '3  -0.000 s  source  lets 60 messages in',
      '4  -0.000 s  source → sink  gives 60 messages',
    ])
    expect(replay(recorded(), 1).lines).toHaveLength(1)
  })

  test('names the event at which a rule was broken', () => {
    const given = changed(recorded(), 'dispatch', 101)
    const [edge] = given.edges
    const beyond = { ...given, edges: [{ ...edge!, now: { ...edge!.now, credit: -1, queued: 101 } }] }
    expect(replay(beyond)).toMatchObject({
      isSame: false,
      deviations: [{ event: 4, text: 'source → sink gave 101 messages with credit for 100 (D2)' }],
    })
  })

  test('names an ask that is not what the rules ask for', () => {
    const recording = recorded((graph) => graph.resume('sink'))
    const last = recording.events.findLastIndex(({ event }) => event === 'ask')
    const [edge] = recording.edges
    const fewer = {
      ...recording,
      events: recording.events.map((each, index) => (index === last ? { ...each, count: each.count - 1 } : each)),
      edges: [{ ...edge!, now: { ...edge!.now, credit: edge!.now.credit - 1, returning: edge!.now.returning + 1 } }],
    }
    expect(replay(fewer).deviations).toEqual([
      { event: last + 1, text: 'source → sink asked for 59, and not for 60 (D3)' },
    ])
  })

  test('says what is different at the end, where it was not what happened', () => {
    const recording = recorded()
    const [edge] = recording.edges
    const other = { ...recording, edges: [{ ...edge!, now: { ...edge!.now, isPaused: false } }] }
    expect(replay(other).deviations).toEqual([
      { event: undefined, text: 'source → sink its isPaused is true, and was false when it was recorded' },
    ])
    expect(replay(changed(recording, 'dispatch', 61)).deviations).toEqual([
      { event: undefined, text: "source → sink can't have done what was recorded: its queued was -1 before" },
    ])
  })

  test.each([
    ['nothing', undefined],
    ['text', 'junk'],
    ['an older one', { ...recorded(), version: 0 }],
    [
      'one with an unknown event',
      { ...recorded(), events: [{ agoMs: 0, subject: 0, event: 'explode', count: 1, more: 0 }] },
    ],
  ])('%s is refused, with what to give instead', (_name, given) => {
    expect(() => replay(given)).toThrow(/this is no recording: .*sluice dump/)
  })
})
