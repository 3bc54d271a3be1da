import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
import { range } from '../../support/kernel.ts'
import { HeldStore } from '../../support/overflow.ts'
import { overflowStats } from '../../../src/core/overflow-stats.ts'
import { spilling } from '../overflow/spilling.ts'

const told = (log: readonly string[], what: string): string[] => log.filter((line) => line.includes(what))

describe('A6, overflow: what is told', () => {
  test('it opens when something is stored, and closes when that is delivered', () => {
    const { push, handle, env, log } = spilling()
    push(...range(12))
    expect(told(log, 'overflow opens')).toHaveLength(1)
    handle(12)
    env.advance(100)
    expect(told(log, 'overflow closes')).toHaveLength(1)
  })

  test('nothing, where what waited was taken before it was stored', () => {
    const { push, handle, held, log, node } = spilling({ delayMs: 1000 })
    for (const at of range(5)) {
      push(...range(10, 10 * at))
      expect(node.state).toBe('opening')
      expect(handle(10)).toBe(10)
    }
    expect(held.disk.entries).toEqual([])
    expect(told(log, 'overflow')).toEqual([])
  })

  test('and not that it opens and closes while it has no room and nothing to deliver', () => {
    const held = new HeldStore()
    held.holds.add('commit')
    const { push, handle, log, env } = spilling({ limit: { bytes: 1000 } }, held)
    push(...range(12))
    handle(12)
    const before = told(log, 'overflow opens').length
    for (const at of range(5)) push(...range(10, 12 + 10 * at))
    env.advance(100)
    expect(told(log, 'overflow opens')).toHaveLength(before)
  })

  test('an overflow that stores everything is direct while nothing waits to be read', () => {
    const { push, handle, node } = spilling({ mode: 'always' })
    expect(node.state).toBe('direct')
    push(1)
    handle(1)
    expect(node.state).toBe('direct')
  })
})

describe('A6, overflow: trouble is over', () => {
  test('with commits, when one succeeds', () => {
    const held = new HeldStore()
    held.holds.add('commit')
    const { push, handle, env, node, log } = spilling({ mode: 'always' }, held)
    push(1)
    handle(1)
    env.advance(60)
    held.held.shift()!.reject(new Error('disk'))
    env.run()
    expect(node.story.trouble?.message).toBe('disk')
    env.advance(1100)
    held.take()
    env.run()
    expect(node.story.trouble).toBeUndefined()
    expect(told(log, 'overflow goes on')).toHaveLength(1)
  })

  test('with its owner, when the store is open again', () => {
    const { held, env, node } = spilling()
    held.holds.add('open')
    held.store.lose(new Error('lease'))
    env.run()
    expect(node.story.trouble?.message).toBe('lease')
    held.take()
    env.run()
    expect(node.story.trouble).toBeUndefined()
  })

  test('with reads, when one succeeds, and not when something else does', () => {
    const held = new HeldStore()
    const { push, handle, env, node, log } = spilling({}, held)
    for (let at = 0; at < 60; at += 10) push(...range(10, at))
    held.holds.add('read')
    handle(10)
    for (let round = 0; round < 10; round++) {
      held.held.shift()?.reject(new Error('no reading'))
      push(100 + round)
      env.advance(2000)
    }
    expect(node.story.trouble?.message).toBe('no reading')
    expect(told(log, 'overflow in trouble')).toHaveLength(1)
    expect(told(log, 'overflow goes on')).toEqual([])
    expect(overflowStats(node)).toMatchObject({ troubles: 1, trouble: 'no reading', isOwner: true })
  })
})

describe('A6, overflow: an append that was under way when the store was lost', () => {
  const lost = () => {
    const held = new HeldStore()
    held.holds.add('append')
    const made = spilling({}, held)
    made.push(...range(12))
    const append = held.held.shift()!
    held.holds.add('open')
    held.store.lose(new Error('lease'))
    made.env.run()
    held.holds.delete('append')
    const opened = (): void => {
      held.take()
      made.env.run()
    }
    const drained = (): readonly unknown[] => {
      for (let round = 0; round < 30; round++) {
        made.handle(2)
        made.env.advance(60)
      }
      return made.gate.values
    }
    return { ...made, append, opened, drained }
  }

  test('and has taken effect is not made again', () => {
    const { append, source, opened, drained } = lost()
    append.take()
    opened()
    expect(source.outcomes).toHaveLength(10)
    expect(drained()).toEqual(range(12))
  })

  test('and has not is made again', () => {
    const { source, opened, drained } = lost()
    opened()
    expect(source.outcomes).toHaveLength(10)
    expect(drained()).toEqual(range(12))
  })

  test('and has not is made again also where the store could not be opened at once', () => {
    const { held, source, env, opened } = lost()
    held.held.shift()!.reject(new SluiceError('ECONNREFUSED', 'away', { kind: 'place', passes: true }))
    env.advance(1000)
    opened()
    expect(source.outcomes).toHaveLength(10)
  })

  test('and whose numbers somebody else has used meanwhile is made again behind these', () => {
    const { append, held, opened, drained } = lost()
    append.take()
    const { entries } = held.disk
    for (const [at, entry] of entries.entries()) entries[at] = { ...entry, id: `other:${at}`, data: `other ${at}` }
    opened()
    expect(drained()).toEqual([0, 1, ...range(8).map((at) => `other ${at}`), ...range(10, 2)])
  })

  test('fails back where the pipeline ends before that is known', () => {
    const { source, graph, env } = lost()
    void graph.stop()
    env.advance(100_000)
    expect(source.outcomes.filter((text) => text.includes('acked'))).toEqual([])
    expect(source.outcomes).toHaveLength(12)
  })
})
