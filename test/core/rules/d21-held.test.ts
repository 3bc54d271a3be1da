import { expect, test } from 'vitest'
import { asking, batching, discarding, kernel, range, Source, stage, stuck } from '../../support/kernel.ts'

test.each([[undefined], [() => []]])('D21: a full holder that gives nothing is pressed once', (flush) => {
  const source = new Source()
  const { graph } = kernel({
    source: { component: source.component },
    keeping: {
      component: stage(
        ({ hold }) => ({ handle: (messages) => hold(messages), ...(flush === undefined ? {} : { flush }) }),
        { holds: true },
      ),
      from: [asking('source', 10)],
      settings: { maxHeld: 30 },
    },
    sink: { component: discarding, from: ['keeping'] },
  })
  expect(source.made).toBe(40)
  expect(graph.node('keeping').counters.own.get('pressure_flushes')).toBe(1)
})

test('D21: one that gives nothing, while a producer waits for it at `maxUnacked`, is not asked again before it holds more or less', () => {
  let flushes = 0
  const keeping = stage(
    ({ hold }) => ({
      handle: (messages) => hold(messages),
      flush: () => {
        if (++flushes > 100) throw new Error('it is asked without end')
        return []
      },
    }),
    { holds: true },
  )
  const source = new Source({ queue: {} })
  const { env } = kernel({
    source: { component: source.component, settings: { maxUnacked: { parts: 10 } } },
    keeping: { component: keeping, from: [asking('source', 5)] },
    sink: { component: discarding, from: ['keeping'] },
  })
  source.push(...range(20))
  env.advance(10_000)
  expect(flushes).toBe(1)
})

test('D10: a stage that holds takes up to maxHeld, whatever the credit below', () => {
  const sizes: number[] = []
  const keeping = stage(
    ({ hold }) => ({
      handle: (messages) => {
        sizes.push(messages.length)
        hold(messages)
      },
    }),
    { holds: true },
  )
  kernel({
    source: { component: new Source({ upTo: 5000 }).component },
    keeping: { component: keeping, from: [asking('source', 60)], settings: { maxHeld: 90 } },
    sink: { component: stuck, from: [asking('keeping', 1)] },
  })
  expect(sizes).toEqual([60, 30])
})

test('D21: `maxHeld` counts parts', () => {
  const source = new Source({ upTo: 1000 })
  const { graph } = kernel({
    source: { component: source.component },
    batches: { component: batching(10), from: ['source'] },
    keeping: {
      component: stage(({ hold }) => ({ handle: hold }), { holds: true }),
      from: ['batches'],
      settings: { maxHeld: 30 },
    },
    sink: { component: discarding, from: ['keeping'] },
  })
  expect(graph.stats().nodes[2]!.held).toBe(30)
  expect(graph.node('keeping').counters.in).toBe(3)
})
