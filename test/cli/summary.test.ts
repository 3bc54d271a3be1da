import { expect, test } from 'vitest'
import { z } from 'zod'
import { summaryOf } from '../../src/cli/summary.ts'
import { definePipeline } from '../../src/config/builder.ts'
import { discard } from '../../src/consumers/discard.ts'
import { http } from '../../src/producers/http.ts'
import { defineConsumer, defineProducer, defineStage } from '../../src/core/component.ts'
import { bind, type ConsumerComponent, type NodeSettings, type NodeSpec } from '../../src/core/spec.ts'

const NONE = z.strictObject({})

const SOURCE = bind(
  defineProducer({
    name: 'source',
    summary: 'x',
    options: NONE,
    outcomes: true,
    create: () => ({ settle: () => undefined }),
  }),
  {},
)
const KEYED = bind(
  defineProducer({ name: 'keyed', summary: 'x', options: NONE, keyed: () => true, create: () => ({}) }),
  {},
)
const PASS = bind(
  defineStage({ name: 'pass', summary: 'x', options: NONE, create: () => ({ map: (data: unknown) => data }) }),
  {},
)
const GROUP = bind(
  defineStage({
    name: 'group',
    summary: 'x',
    options: NONE,
    holds: true,
    keyed: () => true,
    parts: () => 10,
    create: () => ({ handle: () => undefined }),
  }),
  {},
)
const SINK = bind(
  defineConsumer({ name: 'sink', summary: 'x', options: NONE, create: () => ({ each: () => undefined }) }),
  {},
)

function node(
  name: string,
  what: NodeSpec['component'],
  reads: NodeSettings & { from?: readonly string[] } = {},
): NodeSpec {
  const { from = [], ...settings } = reads
  return { name, component: what, from: from.map((giver) => ({ from: giver })), settings }
}

function summary(...nodes: NodeSpec[]): string {
  return summaryOf({ name: 'p', nodes, stopTimeoutMs: 25_000, memoryBytes: 1e9 })
}

function lastOf(...nodes: NodeSpec[]): string {
  return summary(...nodes)
    .split('\n')
    .at(-2)!
    .trim()
}

test('each node has a line with its component and whom it reads from; doors say what they promise', () => {
  expect(
    summary(
      node('in', SOURCE),
      node('other', KEYED),
      node('both', PASS, { from: ['in', 'other'] }),
      node('out', SINK, { from: ['both'], concurrency: 1 }),
    ),
  ).toBe(
    [
      '  in     source  hears what became of each message',
      '  other  keyed   has nobody to tell: failures are logged, and the exit code is 65',
      '  both   pass    from in, other',
      '  out    sink    from both, in no order',
      '  a stop may take 25 s',
    ].join('\n'),
  )
})

test.each([
  [
    'one producer and one call at a time keep the order',
    [node('in', SOURCE), node('out', SINK, { from: ['in'] })],
    'in the order of arrival',
  ],
  [
    'a stage with several calls keeps it',
    [node('in', SOURCE), node('mid', PASS, { from: ['in'], concurrency: 8 }), node('out', SINK, { from: ['mid'] })],
    'in the order of arrival',
  ],
  [
    'a stage that says so gives it up',
    [node('in', SOURCE), node('mid', PASS, { from: ['in'], order: 'none' }), node('out', SINK, { from: ['mid'] })],
    'in no order',
  ],
  [
    'a consumer with several calls has none',
    [node('in', SOURCE), node('out', SINK, { from: ['in'], concurrency: 8 })],
    '8 calls at once, in no order',
  ],
  [
    'a consumer with several calls keeps that of keys, where there are any',
    [node('in', KEYED), node('out', SINK, { from: ['in'], concurrency: 8 })],
    '8 calls at once, in order per key',
  ],
  [
    'groups by key overtake each other',
    [node('in', SOURCE), node('mid', GROUP, { from: ['in'] }), node('out', SINK, { from: ['mid'] })],
    'in order per key',
  ],
  [
    'what is shared among several has none',
    [node('in', SOURCE, { from: [], dispatch: 'demand' }), node('out', SINK, { from: ['in'] })],
    'in no order',
  ],
  [
    'two inputs have none',
    [node('in', SOURCE), node('also', SOURCE), node('out', SINK, { from: ['in', 'also'] })],
    'in no order',
  ],
] as const)('D12: the order at a consumer: %s', (_, nodes, words) => {
  expect(lastOf(...nodes)).toMatch(new RegExp(`${words}$`))
})

test('where dead letters go stands behind the nodes', () => {
  const nodes = [node('in', SOURCE), node('out', SINK, { from: ['in'] })]
  const component = SINK as ConsumerComponent
  const deadLetters = { component, settings: {}, keep: 'entered' } as const
  const told = summaryOf({ name: 'p', nodes, stopTimeoutMs: 25_000, memoryBytes: 1e9, deadLetters })
  expect(told.split('\n').at(-2)).toBe('  dead-letters  sink    what failed for good')
})

test('what is stored is told with how much and where, and what a durable door promises', () => {
  const { spec } = definePipeline('made', (p) => {
    const door = p.producer('door', http({ port: 0 }), { durable: { store: { embedded: { folder: '/mnt/door' } } } })
    p.consumer('end', door, discard(), {
      overflow: { limit: '1.5GiB', store: { embedded: { folder: '/mnt/end' } } },
    })
  }).load(1e9)
  expect(summaryOf(spec).split('\n')).toEqual([
    '  door  http     says yes (204 over HTTP) when a message is stored, which survives a crash; it is delivered later, in order',
    '  end   discard  from door, in the order of arrival',
    '  stores all of door: 10GiB at most in /mnt/door',
    '  stores what memory has no room for of door → end: 1.5GiB at most in /mnt/end',
    '  a stop may take 25 s',
  ])
})
