import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import type { Component } from '../../../src/core/spec.ts'
import type { ManualEnv } from '../../support/manual-env.ts'
import { batching, consumer, Gate, kernel, passing, range, Source } from '../../support/kernel.ts'

/** Four messages, through a stage, in front of a gate. */
function gated(between: Component = passing, settings: { timeoutMs?: number } = {}) {
  const gate = new Gate()
  const source = new Source({ upTo: 4 })
  const made = kernel({
    source: { component: source.component },
    between: { component: between, from: ['source'] },
    sink: { component: gate.consumer, from: ['between'], settings: { concurrency: 8, ...settings } },
  })
  return { ...made, source, gate }
}

/** Lets time pass until a fifth call has begun. */
function untilAgain(env: ManualEnv, gate: Gate): void {
  for (let step = 0; step < 200 && gate.calls.length < 5; step++) env.advance(100)
}

describe('A8: acked means delivered, never earlier', () => {
  test('A8: a message is acked when its consumer has come back, and no other with it', () => {
    const { source, gate, env } = gated()
    expect(source.outcomes).toEqual([])
    gate.calls[2]!.resolve()
    env.run()
    expect(source.outcomes).toEqual(['2: acked'])
  })

  test('A8: the parts of a batch are acked when the batch has been delivered', () => {
    const { source, gate, env } = gated(batching(2))
    expect(source.outcomes).toEqual([])
    gate.calls[1]!.resolve()
    env.run()
    expect(source.outcomes).toEqual(['2: acked', '3: acked'])
  })

  test('A8: what a consumer holds is acked when it says so, not when its call returns', () => {
    let durable: (() => void) | undefined
    const source = new Source({ queue: {} })
    const file = consumer(
      ({ hold, ack }) => ({
        handle: (messages: readonly Message[]) => {
          hold(messages)
          durable = () => ack(messages)
        },
      }),
      { holds: true },
    )
    const { env } = kernel({ source: { component: source.component }, sink: { component: file, from: ['source'] } })
    source.push(...range(3))
    env.run()
    expect(source.outcomes).toEqual([])
    durable!()
    env.run()
    expect(source.outcomes).toEqual(range(3).map((n) => `${n}: acked`))
  })
})

describe('A8: a time-out is unknown, not failed', () => {
  test('A8: the message comes again with the same id, so that its effect can be told from a second one', () => {
    const { source, gate, env, failures } = gated(passing, { timeoutMs: 1000 })
    gate.calls.slice(1).forEach(({ resolve }) => resolve())
    untilAgain(env, gate)
    expect(failures).toEqual([])
    expect(source.outcomes).toEqual(range(3, 1).map((n) => `${n}: acked`))
    const again = gate.calls.at(-1)!
    expect(again.message.id).toBe(gate.calls[0]!.message.id)
    expect(again.data).toBe(0)
    again.resolve()
    env.run()
    expect(source.outcomes.at(-1)).toBe('0: acked')
  })

  test('A8: what the first call says late is no outcome: the second one decides', () => {
    const { source, gate, env } = gated(passing, { timeoutMs: 1000 })
    gate.calls.slice(1).forEach(({ resolve }) => resolve())
    env.advance(1000)
    gate.calls[0]!.reject(new Error('late'))
    untilAgain(env, gate)
    expect(source.outcomes).toHaveLength(3)
    gate.calls.at(-1)!.resolve()
    env.run()
    expect(source.outcomes.at(-1)).toBe('0: acked')
    expect(source.receipts).toHaveLength(4)
  })
})
