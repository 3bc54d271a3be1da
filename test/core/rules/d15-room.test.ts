import { describe, expect, test } from 'vitest'
import type { IngressQueue } from '../../../src/core/component.ts'
import type { ProducerComponent } from '../../../src/core/spec.ts'
import { asking, Gate, kernel, range, Source } from '../../support/kernel.ts'

/** A producer that emits by itself, and hears of room. */
function waiting(queue: Partial<IngressQueue>, { onRoom = () => {}, maxUnacked = 100_000 } = {}) {
  const source = new Source({ queue })
  const gate = new Gate()
  let calls = 0
  const room = (): void => {
    calls++
    onRoom()
  }
  const component: ProducerComponent = {
    ...source.component,
    create: (context) => ({ ...source.component.create(context), room }),
  }
  const made = kernel({
    source: { component, settings: { maxUnacked: { parts: maxUnacked } } },
    sink: { component: gate.consumer, from: [asking('source', 2, 1)] },
  })
  return {
    ...made,
    source,
    gate,
    calls: () => calls,
    /** @returns how many were taken. */
    emit: (values: readonly unknown[], options = {}) =>
      source.context.emit(source.messages(values), { waits: true, ...options }),
    /** Handles the message that came first of those that aren't handled. */
    handle: (count = 1) => {
      for (const call of gate.calls.splice(0, count)) call.resolve()
      made.env.run()
    },
    rejected: () => made.graph.node('source').counters.own.get('rejected'),
  }
}

describe('D15: a producer that keeps what was refused is told of room', () => {
  test('D15: once, on its turn, when its queue has been taken from; what waits was not rejected', () => {
    const { emit, handle, calls, env, rejected } = waiting({ messages: 3 })
    expect(emit(range(10))).toBe(3)
    expect(calls()).toBe(0)
    env.run()
    expect(calls()).toBe(1)
    handle(2)
    expect(calls()).toBe(1)
    expect(rejected()).toBeUndefined()
  })

  test('D15: not where all was taken, and not where what was refused does not wait', () => {
    const { emit, calls, env, rejected } = waiting({ messages: 3 })
    emit(range(3))
    emit(range(3), { waits: false })
    env.run()
    expect([calls(), rejected()]).toEqual([0, 3])
  })

  test('D15: what is refused again waits for more room, and nothing turns meanwhile', () => {
    const { emit, handle, calls, env, graph } = waiting(
      { messages: 3 },
      { onRoom: () => void emit(range(9), { whole: true }) },
    )
    emit(range(3))
    emit([9])
    env.run()
    expect(calls()).toBe(1)
    let turns = 0
    graph.scheduler.onTurn = () => void turns++
    env.run()
    expect([calls(), turns]).toEqual([1, 0])
    handle()
    expect(calls()).toBe(2)
  })

  test('D15: everything that waits comes, in order, and never beyond the queue', () => {
    const values = range(50)
    const offer = (): void => void values.splice(0, emit(values))
    const { emit, handle, gate, graph, env } = waiting({ messages: 3 }, { onRoom: () => offer() })
    const seen: unknown[] = []
    offer()
    env.run()
    while (gate.calls.length > 0) {
      expect(graph.producers[0]!.ingress.length).toBeLessThanOrEqual(3)
      seen.push(...gate.values)
      handle(gate.calls.length)
    }
    expect(seen).toEqual(range(50))
  })

  test('D21: told as well when outcomes have made room under `maxUnacked`, whatever the policy of the queue', () => {
    for (const whenFull of ['reject', 'drop-oldest'] as const) {
      const { emit, handle, calls, env } = waiting({ messages: 100, whenFull }, { maxUnacked: 4 })
      expect(emit(range(6))).toBe(4)
      env.run()
      expect(calls()).toBe(0)
      handle()
      expect(calls()).toBe(1)
    }
  })

  test('D15: bytes are room too', () => {
    const { emit, calls, env, handle } = waiting({ bytes: 600 })
    expect(emit(range(3))).toBe(2)
    env.run()
    expect(calls()).toBe(1)
    handle()
    expect(calls()).toBe(1)
  })

  test('A7: not when the graph drains', () => {
    const { emit, calls, env, graph } = waiting({ messages: 3 })
    emit(range(10))
    void graph.stop()
    env.run()
    expect(calls()).toBe(0)
  })

  test('A10: one that throws is a fault of the component: the pipeline fails', async () => {
    const onRoom = (): never => {
      throw new Error('mine')
    }
    const { emit, env, graph } = waiting({ messages: 3 }, { onRoom })
    emit(range(10))
    env.advance(1_000)
    expect(await graph.finishedReport).toMatchObject({ outcome: 'failed', node: 'source', error: { message: 'mine' } })
  })
})
