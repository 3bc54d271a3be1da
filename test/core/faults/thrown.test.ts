import { describe, expect, test } from 'vitest'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import type { NodeSettings } from '../../../src/core/spec.ts'
import { consumer, kernel, range, Sink, Source } from '../../support/kernel.ts'
import { SHAPES, thenable, type Act } from './shapes.ts'

const revoked = Proxy.revocable({}, {})
revoked.revoke()
const circular = new Error('round')
circular.cause = circular

/** All that can be thrown, and with what its message fails. */
const THROWN: Readonly<Record<string, readonly [thrown: unknown, outcome: string]>> = {
  'an error': [new Error('plain'), 'plain'],
  'a frozen error': [Object.freeze(new Error('frozen')), 'frozen'],
  'an error that is its own cause': [circular, 'round'],
  undefined: [undefined, 'SLUICE_HANDLER_THREW'],
  null: [null, 'SLUICE_HANDLER_THREW'],
  'a bigint': [10n, 'SLUICE_HANDLER_THREW'],
  'a symbol': [Symbol('s'), 'SLUICE_HANDLER_THREW'],
  'an object without a prototype': [Object.create(null), 'SLUICE_HANDLER_THREW'],
  'a proxy that throws at every look': [new Proxy({}, { getPrototypeOf: fails, get: fails }), 'SLUICE_HANDLER_THREW'],
  'a revoked proxy': [revoked.proxy, 'SLUICE_HANDLER_THREW'],
  'a promise': [Promise.resolve(1), 'SLUICE_HANDLER_THREW'],
}

/** Ways to throw. */
const WAYS: Readonly<Record<string, (thrown: unknown) => unknown>> = {
  throws: (thrown) => throwing(thrown),
  rejects: (thrown) => thenable((_resolved, rejected) => rejected(thrown)),
  'rejects with a promise': (thrown) => Promise.resolve().then(() => throwing(thrown)),
  'has a `then` that throws': (thrown) => thenable(() => throwing(thrown)),
}

const SETTINGS: Readonly<Record<string, NodeSettings>> = {
  once: {},
  'with retries': { retry: { attempts: 3 } },
}

/** Seven messages through one node of a shape. */
function seven(shape: string, act: Act, settings: NodeSettings) {
  const source = new Source({ upTo: 7 })
  const component = SHAPES[shape]!(act)
  const sink = new Sink()
  const rest = component.kind === 'stage' ? { sink: { component: sink.component, from: ['node'] } } : {}
  const made = kernel({
    source: { component: source.component },
    node: { component, from: ['source'], settings },
    ...rest,
  })
  return { ...made, source }
}

describe.each(Object.keys(SHAPES))('thrown by `%s`:', (shape) => {
  describe.each(Object.keys(WAYS))('one that %s,', (way) => {
    test.each(Object.keys(SETTINGS))('%s: what failed fails with that, and the others go on', async (times) => {
      for (const [name, [thrown, outcome]] of Object.entries(THROWN)) {
        const act: Act = (value) => (value === 2 || value === 5 ? WAYS[way]!(thrown) : undefined)
        const { env, graph, source } = seven(shape, act, SETTINGS[times]!)
        await env.advanceAsync(60_000)
        const expected = range(7).map((n) => `${n}: ${n === 2 || n === 5 ? outcome : 'acked'}`)
        expect({ name, outcomes: source.outcomes.toSorted() }).toEqual({ name, outcomes: expected })
        expect(graph.state).toBe('finished')
        expect(graph.stats().unacked).toBe(0)
      }
    })
  })

  test('one that settles twice is taken by its first word', async () => {
    const twice: Act = () =>
      thenable((resolved, rejected) => {
        resolved(undefined)
        resolved('again')
        rejected(new Error('after all'))
        throwing(new Error('at last'))
      })
    const { env, graph, source } = seven(shape, twice, {})
    await env.advanceAsync(1000)
    expect(source.outcomes.toSorted()).toEqual(range(7).map((n) => `${n}: acked`))
    expect(graph.state).toBe('finished')
  })

  test('one that rejects and then resolves has failed', async () => {
    const rejecting: Act = () =>
      thenable((resolved, rejected) => {
        rejected(new Error('first'))
        resolved(undefined)
      })
    const { env, source } = seven(shape, rejecting, {})
    await env.advanceAsync(1000)
    expect(source.outcomes.toSorted()).toEqual(range(7).map((n) => `${n}: first`))
  })

  test('one that never settles is given up where nobody wants to wait, and the others go on', async () => {
    const hanging: Act = (value) => (value === 2 ? new Deferred() : Promise.resolve())
    const { env, graph, source } = seven(shape, hanging, { timeoutMs: 1000, giveUpAfterMs: 0, callSize: 1 })
    await env.advanceAsync(60_000)
    expect(source.outcomes.toSorted()).toEqual(
      range(7).map((n) => (n === 2 ? '2: SLUICE_CALL_TIMEOUT' : `${n}: acked`)),
    )
    expect(graph.state).toBe('finished')
  })
})

test('a value whose `then` throws when it is read fails its message', () => {
  // oxlint-disable-next-line unicorn/no-thenable -- It is one of those that throw.
  const trap = Object.defineProperty({}, 'then', { get: fails })
  const { source } = seven('map', (value) => (value === 1 ? trap : undefined), {})
  expect(source.outcomes.toSorted()).toEqual(range(7).map((n) => (n === 1 ? '1: no' : `${n}: acked`)))
})

test('a call that comes back again and again is over at the first time', () => {
  const settled: ((value: unknown) => void)[] = []
  const source = new Source({ upTo: 3 })
  const component = consumer(() => ({ each: () => thenable((resolved) => settled.push(resolved)) }))
  const { env, graph } = kernel({
    source: { component: source.component },
    sink: { component, from: ['source'], settings: { concurrency: 1 } },
  })
  for (let round = 0; round < 5; round++) {
    for (const resolved of settled) resolved(round)
    env.run()
  }
  expect(settled).toHaveLength(3)
  expect(source.outcomes).toEqual(range(3).map((n) => `${n}: acked`))
  expect(graph.state).toBe('finished')
})

function throwing(thrown: unknown): never {
  throw thrown
}

function fails(): never {
  throw new Error('no')
}
