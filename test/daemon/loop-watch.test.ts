import { describe, expect, test } from 'vitest'
import { LongTurns } from '../../src/daemon/long-turns.ts'
import { LoopWatch, type Look } from '../../src/daemon/loop-watch.ts'
import { TroubleTally } from '../../src/daemon/trouble-tally.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { collectingLog } from './collecting.ts'

const SECOND = 1000

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
