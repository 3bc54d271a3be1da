import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { Gate, kernel, passing, range, Sink, Source } from '../../support/kernel.ts'

type Select = (message: Message) => unknown

const NO_KEYS: Readonly<Record<string, () => unknown>> = {
  'throws an error': () => fails(new Error('no key')),
  'throws nothing': () => fails(undefined),
  'gives an object': () => ({ a: 1 }),
  'gives an array': () => ['a'],
  'gives a string object': () => Object('text'),
  'gives a symbol': () => Symbol('key'),
  'gives a function': () => fails,
  'gives a bigint': () => 1n,
  'gives a promise': () => Promise.resolve('key'),
  'gives a proxy that throws': () => new Proxy({}, { get: () => fails(new Error('no key')) }),
}

const CODES: Readonly<Record<string, string>> = {
  'throws an error': 'no key',
  'throws nothing': 'SLUICE_HANDLER_THREW',
}

/** Gives no key for 2, a good one for the others. */
const badAtTwo =
  (bad: () => unknown): Select =>
  ({ data }) =>
    data === 2 ? bad() : `key ${String(data)}`

/** Where users select: each place takes five messages through, of which one has no key. */
const PLACES: Readonly<Record<string, (select: Select) => ReturnType<typeof run>>> = {
  '`key` of a producer': (select) => run({ producer: { key: select } }),
  '`key` of a node that answers at once': (select) => run({ worker: { key: select } }),
  '`key` of a node with slots': (select) =>
    run({ worker: { key: select, concurrency: 4, order: 'key' }, isAsync: true }),
  '`by` of a producer': (select) =>
    run({ producer: { dispatch: { partition: { by: select, count: 3 } } }, branches: 2 }),
  '`by` of a stage': (select) => run({ worker: { dispatch: { partition: { by: select, count: 3 } } }, branches: 2 }),
}

interface Places {
  readonly producer?: object
  readonly worker?: object
  readonly branches?: number
  readonly isAsync?: boolean
}

function run({ producer = {}, worker = {}, branches = 1, isAsync = false }: Places) {
  const source = new Source({ upTo: 5 })
  const sinks = range(branches).map(() => new Sink())
  const gate = new Gate()
  const from = 'dispatch' in producer ? 'source' : 'worker'
  const component = isAsync ? gate.stage : passing
  const made = kernel({
    source: { component: source.component, settings: producer },
    ...(from === 'worker' ? { worker: { component, from: ['source'], settings: worker } } : {}),
    ...Object.fromEntries(sinks.map((sink, index) => [`sink${index}`, { component: sink.component, from: [from] }])),
  })
  for (let round = 0; round < 5; round++) {
    for (const call of gate.calls) call.resolve()
    made.env.run()
  }
  return {
    ...made,
    source,
    values: () => sinks.flatMap(({ values }) => values as number[]).toSorted((one, other) => one - other),
  }
}

describe.each(Object.keys(PLACES))('A10: %s', (place) => {
  test.each(Object.keys(NO_KEYS))('that %s fails that message, once, and nothing else', (name) => {
    const { source, graph, values } = PLACES[place]!(badAtTwo(NO_KEYS[name]!))
    const outcome = CODES[name] ?? 'SLUICE_KEY_INVALID'
    expect(source.outcomes.toSorted()).toEqual(range(5).map((n) => (n === 2 ? `2: ${outcome}` : `${n}: acked`)))
    expect(values()).toEqual([0, 1, 3, 4])
    expect(graph.state).toBe('finished')
    expect(graph.stats().nodes.map(({ restarts }) => restarts ?? 0)).toEqual(graph.stats().nodes.map(() => 0))
  })

  test('that gives another key each time costs no message', () => {
    let times = 0
    const { source, graph, values } = PLACES[place]!(() => [7, 'seven', true, undefined, null, NaN, ''][times++ % 7])
    expect(source.outcomes.toSorted()).toEqual(range(5).map((n) => `${n}: acked`))
    expect(values()).toEqual(range(5))
    expect(graph.state).toBe('finished')
  })
})

test('A10: a key that changes between the tries of its message keeps nobody from going on', () => {
  let times = 0
  const source = new Source({ upTo: 6 })
  const sink = new Sink((data) => {
    if (data === 2 && sink.values.filter((value) => value === 2).length < 3) throw new Error('not yet')
  })
  const { env, graph } = kernel({
    source: { component: source.component },
    sink: {
      component: sink.component,
      from: ['source'],
      settings: { order: 'key', key: () => `key ${times++ % 3}`, retry: { attempts: 5 } },
    },
  })
  env.advance(60_000)
  expect(source.outcomes.toSorted()).toEqual(range(6).map((n) => `${n}: acked`))
  expect(graph.state).toBe('finished')
})

function fails(thrown: unknown): never {
  throw thrown
}
