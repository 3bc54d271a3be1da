import { describe, expect, test } from 'vitest'
import { placeError } from '../../../src/core/errors.ts'
import type { ConsumerComponent } from '../../../src/core/spec.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { consumer, discarding, Gate, kernel, range, Source, stage, type GatedCall } from '../../support/kernel.ts'

const fails = (text: string) => (): never => {
  throw new Error(text)
}

/** Two consumers that read the same messages. */
function twins(one: ConsumerComponent, two: ConsumerComponent, onFailure?: 'stop') {
  const source = new Source({ queue: {} })
  const settings = onFailure === undefined ? {} : { onFailure }
  const made = kernel({
    source: { component: source.component },
    one: { component: one, from: ['source'], settings },
    two: { component: two, from: ['source'], settings },
  })
  source.push(1, 2)
  made.env.run()
  return { ...made, source }
}

/** Calls of a gate, answered by what they were given, again and again while time passes. */
async function answering(gate: Gate, answer: (call: GatedCall) => void, advance: () => Promise<void>): Promise<void> {
  let answered = 0
  for (let round = 0; round < 60; round++) {
    for (; answered < gate.calls.length; answered++) answer(gate.calls[answered]!)
    await advance()
  }
}

describe('two failures at once', () => {
  test('both branches of a message fail: it has one outcome, which is the first', () => {
    const { source, graph } = twins(
      consumer(() => ({ each: fails('one') })),
      consumer(() => ({ each: fails('two') })),
    )
    expect(source.outcomes).toEqual(['1: one', '2: one'])
    expect(graph.stats().unacked).toBe(0)
  })

  test('two nodes stop the pipeline in one turn: it fails once, and names the first', async () => {
    const { source, graph, env } = twins(
      consumer(() => ({ each: fails('one') })),
      consumer(() => ({ each: fails('two') })),
      'stop',
    )
    await env.advanceAsync(5000)
    await expect(graph.finishedReport).resolves.toMatchObject({
      outcome: 'failed',
      node: 'one',
      error: { message: 'one' },
    })
    expect(source.receipts).toHaveLength(2)
  })

  test('two nodes throw outside of their handlers in one moment: both are made anew, and nothing is lost', () => {
    const once = () => {
      let instances = 0
      return consumer(({ clock }) => {
        if (instances++ === 0) clock.after(100, fails('outside'))
        return { each: () => (instances === 1 ? new Deferred() : undefined) }
      })
    }
    const { source, graph, env } = twins(once(), once())
    env.advance(100)
    expect(graph.stats().nodes.map(({ restarts }) => restarts)).toEqual([0, 1, 1])
    expect(source.outcomes).toEqual(['1: acked', '2: acked'])
  })

  test('over and over: the pipeline fails once, and each message is failed back once', async () => {
    const always = () =>
      consumer(({ clock }) => {
        clock.after(100, fails('outside'))
        return { each: () => new Deferred() }
      })
    const { source, graph, env } = twins(always(), always())
    await env.advanceAsync(60_000)
    await expect(graph.finishedReport).resolves.toMatchObject({ outcome: 'failed', node: 'one' })
    expect(source.outcomes).toEqual(['1: SLUICE_PIPELINE_FAILED', '2: SLUICE_PIPELINE_FAILED'])
  })

  test('a message fails by its own fault while its circuit opens: that counts as its attempt, the outage as nobody’s', async () => {
    const gate = new Gate()
    const source = new Source({ upTo: 4 })
    const { env, graph } = kernel({
      source: { component: source.component },
      sink: {
        component: gate.consumer,
        from: ['source'],
        settings: { order: 'none', concurrency: 4, retry: { attempts: 2 } },
      },
    })
    let isDown = true
    const answer = ({ data, resolve, reject }: GatedCall): void => {
      if (data === 1) reject(new Error('its own'))
      else if (isDown && data !== 2) reject(placeError('DOWN', 'down'))
      else resolve()
    }
    gate.calls.forEach(answer)
    isDown = false
    const begun = gate.calls.splice(0).length
    expect(begun).toBe(4)
    await answering(gate, answer, () => env.advanceAsync(1000))
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: its own', '2: acked', '3: acked'])
    expect(gate.values.filter((value) => value === 1)).toHaveLength(1)
    expect(graph.state).toBe('finished')
  })

  test('a node is restarted while its call fails: the message comes again, and has one outcome', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 1 })
    const { env, graph } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: ['source'] },
    })
    gate.calls[0]!.reject(new Error('lost in the restart'))
    graph.restart('sink')
    env.run()
    expect(gate.calls.map(({ call }) => call.attempt)).toEqual([1, 2])
    gate.calls[1]!.resolve()
    env.run()
    expect(source.outcomes).toEqual(['0: acked'])
  })
})

describe('a failure while the pipeline drains', () => {
  /** A drain with two messages in front of a gate. */
  function draining(settings: { retry?: { attempts: number } } = {}) {
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const made = kernel(
      {
        source: { component: source.component },
        stage: { component: gate.stage, from: ['source'], settings },
        sink: { component: discarding, from: ['stage'] },
      },
      { stopTimeoutMs: 10_000 },
    )
    source.push(0, 1)
    made.env.run()
    const stopped = made.graph.stop()
    made.env.run()
    return { ...made, source, gate, stopped }
  }

  test('a throw fails its message, the others are drained', async () => {
    const { source, gate, env, stopped } = draining()
    gate.calls[0]!.reject(new Error('no'))
    env.run()
    gate.calls[1]!.resolve()
    env.run()
    await expect(stopped).resolves.toMatchObject({ outcome: 'stopped', left: [] })
    expect(source.outcomes.toSorted()).toEqual(['0: no', '1: acked'])
  })

  test('what can be tried again is, within the deadline', async () => {
    const { source, gate, env, stopped } = draining({ retry: { attempts: 3 } })
    await answering(
      gate,
      (call) => (gate.calls.length < 3 ? call.reject(new Error('no')) : call.resolve()),
      () => env.advanceAsync(500),
    )
    await expect(stopped).resolves.toMatchObject({ outcome: 'stopped', left: [] })
    expect(source.outcomes.toSorted()).toEqual(range(2).map((n) => `${n}: acked`))
  })

  test('what waits for its next attempt at the deadline is failed back, and leaves no timer', async () => {
    const { source, gate, env, stopped } = draining({ retry: { attempts: 1000 } })
    await answering(
      gate,
      (call) => call.reject(new Error('no')),
      () => env.advanceAsync(500),
    )
    await expect(stopped).resolves.toMatchObject({ outcome: 'deadline', left: [{ node: 'stage', messages: 2 }] })
    expect(source.outcomes.toSorted()).toEqual(range(2).map((n) => `${n}: SLUICE_PIPELINE_STOPPED`))
    expect(env.timers).toBe(0)
  })

  test('`flush` that throws then: what was held is failed back, and the failure is named', async () => {
    const source = new Source({ queue: {} })
    const holding = stage(({ hold }) => ({ handle: hold, flush: fails('no flush') }), { holds: true })
    const { graph, env } = kernel({
      source: { component: source.component },
      holding: { component: holding, from: ['source'] },
      sink: { component: discarding, from: ['holding'] },
    })
    source.push(0, 1)
    env.run()
    const stopped = graph.stop()
    await env.advanceAsync(60_000)
    await expect(stopped).resolves.toMatchObject({
      outcome: 'failed',
      node: 'holding',
      error: { code: 'SLUICE_NODE_FAILED', cause: { message: 'no flush' } },
      left: [{ node: 'holding', messages: 2 }],
    })
    expect(source.outcomes).toEqual(range(2).map((n) => `${n}: SLUICE_PIPELINE_FAILED`))
  })
})
