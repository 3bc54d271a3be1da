import { describe, expect, test } from 'vitest'
import { Scheduler, type Runnable } from '../../../src/core/scheduler.ts'
import { LoopEnv } from '../../support/loop-env.ts'
import { kernel, passing, range, Sink, Source, stage, type Written } from '../../support/kernel.ts'

/** A node that does what a test says. */
class Busy implements Runnable {
  isScheduled = false
  isHeavy = true
  readonly #turn: () => void

  constructor(turn: () => void) {
    this.#turn = turn
  }

  turn(): void {
    this.#turn()
  }
  took(): boolean {
    return false
  }
}

/** How deep the stack is here, in frames. */
function depth(): number {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = Infinity
  const frames = new Error('depth').stack!.split('\n').length
  Error.stackTraceLimit = stackTraceLimit
  return frames
}

/** A line of `stages` that ends in a consumer which looks how deep the stack is. */
function deepest(stages: number): number {
  let most = 0
  const measuring = new Sink(() => {
    most = Math.max(most, depth())
  })
  const nodes: Record<string, Written> = { n0: { component: new Source({ upTo: 20 }).component } }
  for (let index = 1; index <= stages; index++) nodes[`n${index}`] = { component: passing, from: [`n${index - 1}`] }
  nodes['sink'] = { component: measuring.component, from: [`n${stages}`] }
  kernel(nodes)
  expect(measuring.values).toEqual(range(20))
  return most
}

describe('D9: nodes run from a run queue', () => {
  test('D9: the stack is as deep behind 2,000 stages as behind one', () => {
    expect(deepest(2000)).toBe(deepest(1))
  })

  test('D9: the stack is as deep for asynchronous completions that settle at once', () => {
    const depths: number[] = []
    // oxlint-disable-next-line unicorn/no-thenable -- It answers before it returns.
    const immediate = { then: (resolved: (value: unknown) => void) => resolved(undefined) }
    const source = new Source({ upTo: 500 })
    const slow = stage(() => ({
      map: () => {
        depths.push(depth())
        return immediate
      },
    }))
    kernel({
      source: { component: source.component },
      slow: { component: slow, from: ['source'] },
      sink: { component: new Sink().component, from: ['slow'] },
    })
    expect(source.outcomes).toHaveLength(500)
    expect(Math.max(...depths.slice(100))).toBeLessThanOrEqual(Math.max(...depths.slice(0, 100)))
  })

  test('D9: every ready node gets its turn, however often another one is ready again', () => {
    const env = new LoopEnv()
    const scheduler = new Scheduler(env)
    const turns: string[] = []
    const greedy = new Busy(() => {
      turns.push('greedy')
      if (turns.length < 50) scheduler.schedule(greedy)
    })
    const modest = ['a', 'b', 'c'].map((name) => new Busy(() => void turns.push(name)))
    for (const node of [greedy, ...modest]) scheduler.schedule(node)
    env.run()
    expect(turns.slice(0, 5)).toEqual(['greedy', 'a', 'b', 'c', 'greedy'])
  })

  test('D9: a node is in the queue once, however often it is woken', () => {
    const env = new LoopEnv()
    const scheduler = new Scheduler(env)
    let turns = 0
    const node = new Busy(() => turns++)
    for (let time = 0; time < 10; time++) scheduler.schedule(node)
    env.run()
    expect(turns).toBe(1)
  })

  test('D9: after 5 ms the loop has its turn: a timer that is due fires between two turns', () => {
    const env = new LoopEnv()
    const scheduler = new Scheduler(env)
    const events: string[] = []
    let turns = 0
    const busy = new Busy(() => {
      env.spend(1)
      events.push('turn')
      if (++turns < 12) scheduler.schedule(busy)
    })
    env.after(3, () => events.push('timer'))
    scheduler.schedule(busy)
    env.run()
    expect(turns).toBe(12)
    expect(events.indexOf('timer')).toBe(5)
  })

  test('D9: a slice that microtasks have opened again and again is one slice: after 5 ms it ends all the same', () => {
    const env = new LoopEnv()
    const scheduler = new Scheduler(env)
    let turns = 0
    const node = new Busy(() => {
      turns++
      env.spend(1)
      // As a promise that settles at once would: the run queue is empty when it comes back.
      if (turns < 100) env.soon(() => scheduler.schedule(node))
    })
    scheduler.schedule(node)
    env.runMicrotasks()
    expect(turns).toBe(5)
    env.round()
    expect(turns).toBe(10)
  })

  test('D9: light turns share readings of the clock, and a slice of them ends all the same', () => {
    const env = new LoopEnv()
    const scheduler = new Scheduler(env)
    let turns = 0
    const node = new Busy(() => {
      turns++
      env.spend(0.1)
      if (turns < 1000) scheduler.schedule(node)
    })
    scheduler.schedule(node)
    env.runMicrotasks()
    expect(turns).toBeGreaterThanOrEqual(50)
    expect(turns).toBeLessThanOrEqual(66)
  })
})
