import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { StageComponent } from '../../../src/core/spec.ts'
import { HeldStore } from '../../support/overflow.ts'
import { batching, Gate, kernel, range, Sink, Source, stage } from '../../support/kernel.ts'

const unbatching: StageComponent = {
  ...stage(() => ({ flatMap: (data: Iterable<unknown>) => data }), { parts: 1 }),
  unbatches: true,
}
const each = (change: (value: number) => unknown): StageComponent =>
  stage(() => ({ map: (values: readonly number[]) => values.map(change) }))

function chain(source: Source, stages: Readonly<Record<string, StageComponent>>, sink: Sink) {
  const names = ['source', ...Object.keys(stages)]
  const nodes = Object.entries(stages).map(([name, component], index) => [name, { component, from: [names[index]!] }])
  return kernel({
    source: { component: source.component },
    ...Object.fromEntries(nodes),
    sink: { component: sink.component, from: [names.at(-1)!] },
  })
}

describe('A12: unbatch gives the parts back', () => {
  test.prop([fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 })])(
    'A12: each with its own identity and the value that the batch has for it, in order (property)',
    (count, size) => {
      const sink = new Sink()
      const source = new Source({
        upTo: count,
        details: (value) => ({ position: `p${String(value)}`, key: `k${String(value)}` }),
      })
      chain(source, { batch: batching(size), double: each((value) => value * 2), unbatch: unbatching }, sink)
      expect(sink.values).toEqual(range(count).map((value) => value * 2))
      expect(sink.messages.map(({ id }) => id)).toEqual(range(count).map((value) => `source:p${value}`))
      expect(sink.messages.map(({ key }) => key)).toEqual(range(count).map((value) => `k${value}`))
      expect(source.outcomes).toEqual(range(count).map((value) => `${value}: acked`))
    },
  )

  test('A12: each has an outcome of its own, told when the last part of its batch has one', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 4 })
    const { env } = kernel({
      source: { component: source.component },
      batch: { component: batching(2), from: ['source'] },
      unbatch: { component: unbatching, from: ['batch'] },
      gate: { component: gate.consumer, from: ['unbatch'], settings: { concurrency: 4 } },
    })
    gate.calls[1]!.reject(new Error('no'))
    gate.calls[2]!.resolve()
    env.run()
    expect(source.outcomes).toEqual([])
    gate.calls[0]!.resolve()
    gate.calls[3]!.resolve()
    env.run()
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: no', '2: acked', '3: acked'])
  })

  test('A12: a batch of batches gives back batches, also where an overflow has stored it', () => {
    const held = new HeldStore()
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { env, graph } = kernel({
      source: { component: source.component },
      pairs: { component: batching(2), from: ['source'] },
      fours: { component: batching(2), from: ['pairs'] },
      open: {
        component: unbatching,
        from: [{ from: 'fours', demand: { max: 1 }, overflow: held.overflow({ memory: { parts: 12 } }) }],
      },
      openAgain: { component: unbatching, from: ['open'] },
      sink: { component: gate.consumer, from: [{ from: 'openAgain', demand: { max: 1 } }] },
    })
    const given = source.messages(range(40))
    source.context.emit(given)
    env.run()
    for (let at = 0; at < 40; at++) {
      gate.calls[at]!.resolve()
      env.run()
    }
    expect(gate.values).toEqual(range(40))
    expect(gate.calls.map(({ message }) => message.id)).toEqual(given.map(({ id }) => id))
    expect(graph.overflows[0]!.counters.own.get('stored')).toBeGreaterThan(5)
    expect(source.outcomes.toSorted()).toEqual(
      range(40)
        .map((value) => `${value}: acked`)
        .toSorted(),
    )
  })

  test('A12: an array of another length fails the batch, and so does a value that is no array', () => {
    const sink = new Sink()
    const source = new Source({ upTo: 4 })
    const shorten = stage(() => ({ map: (values: readonly number[]) => (values[0] === 0 ? values.slice(1) : 'text') }))
    chain(source, { batch: batching(2), shorten, unbatch: unbatching }, sink)
    expect(sink.values).toEqual([])
    expect(source.outcomes).toEqual(range(4).map((value) => `${value}: SLUICE_BATCH_LENGTH`))
  })

  test('A12: a message that is no batch fails', () => {
    const sink = new Sink()
    const source = new Source({ upTo: 1 })
    chain(source, { list: stage(() => ({ map: (value) => [value] })), unbatch: unbatching }, sink)
    expect(source.outcomes).toEqual(['0: SLUICE_NOT_A_BATCH'])
  })

  test('A12: a part that was failed by itself before does not go on', () => {
    const sink = new Sink()
    const source = new Source({ upTo: 6 })
    const refuse = stage(({ fail }) => ({
      map: (values: readonly number[], message) => {
        values.forEach((value, index) => value % 2 === 1 && fail(message, new Error('odd'), index))
        return values
      },
    }))
    chain(source, { batch: batching(3), refuse, unbatch: unbatching }, sink)
    expect(sink.values).toEqual([0, 2, 4])
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: odd', '2: acked', '3: odd', '4: acked', '5: odd'])
  })

  test('A12: a batch whose parts have all failed before is over', () => {
    const sink = new Sink()
    const source = new Source({ upTo: 2 })
    const refuse = stage(({ fail }) => ({
      map: (values: readonly number[], message) => {
        values.forEach((_, index) => fail(message, new Error('all'), index))
        return values
      },
    }))
    const { graph } = chain(source, { batch: batching(2), refuse, unbatch: unbatching }, sink)
    expect(source.outcomes).toEqual(['0: all', '1: all'])
    expect(graph.state).toBe('finished')
  })

  test('A12: in a broadcast, a part fails if the branch that took its batch apart failed it', () => {
    const whole = new Sink()
    const alone = new Sink((value) => {
      if (value === 1) throw new Error('one')
    })
    const source = new Source({ upTo: 4 })
    kernel({
      source: { component: source.component },
      batch: { component: batching(2), from: ['source'] },
      unbatch: { component: unbatching, from: ['batch'] },
      alone: { component: alone.component, from: ['unbatch'] },
      whole: { component: whole.component, from: ['batch'] },
    })
    expect(whole.values).toEqual([
      [0, 1],
      [2, 3],
    ])
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: one', '2: acked', '3: acked'])
  })

  test('A12: batches of batches come apart one level at a time, and their parts still end by themselves', () => {
    const sink = new Sink((value) => {
      if (value === 5) throw new Error('five')
    })
    const source = new Source({ upTo: 8 })
    const stages = { inner: batching(2), outer: batching(2), first: unbatching, second: unbatching }
    chain(source, stages, sink)
    expect(sink.values).toEqual(range(8))
    expect(sink.messages.every(({ id }, index) => id.endsWith(`-${index}`) || id.endsWith(`${index}`))).toBe(true)
    expect(source.outcomes.filter((outcome) => !outcome.endsWith('acked'))).toEqual(['5: five'])
  })

  test('A12: a part can be batched again, made into others, and dropped', () => {
    const sink = new Sink()
    const source = new Source({ upTo: 6 })
    const split = stage(() => ({ flatMap: (value: number) => (value % 2 === 0 ? [value, -value] : []) }))
    chain(source, { batch: batching(3), unbatch: unbatching, split, again: batching(2) }, sink)
    expect(sink.values).toEqual([
      [0, -0],
      [2, -2],
      [4, -4],
    ])
    expect(source.outcomes.toSorted()).toEqual(range(6).map((value) => `${value}: acked`))
  })

  test('A12: another value in place of a part keeps its id', () => {
    const sink = new Sink()
    const source = new Source({ upTo: 2, details: (value) => ({ position: `p${String(value)}` }) })
    const ids: string[] = []
    const withOther = stage(() => ({
      handle: (messages) =>
        messages.map((message) => {
          const other = message.with('other')
          ids.push(other.id)
          return other
        }),
    }))
    chain(source, { batch: batching(2), unbatch: unbatching, withOther }, sink)
    expect(ids).toEqual(['source:p0', 'source:p1'])
    expect(sink.values).toEqual(['other', 'other'])
  })
})
