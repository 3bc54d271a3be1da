import { describe, expect, test } from 'vitest'
import { messageError, placeError } from '../../../src/core/errors.ts'
import type { Letter } from '../../../src/core/letter.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { batching, consumer, discarding, kernel, range, Source, stage, type Written } from '../../support/kernel.ts'

const refused = (): never => {
  throw messageError('REFUSED', 'refused', new Error('too long'))
}

/** A store of dead letters; `act` may throw. */
function letterStore(act: (letter: Letter) => unknown = () => undefined) {
  const letters: Letter[] = []
  const component = consumer(() => ({
    each: (letter: Letter) => {
      const answer = act(letter)
      letters.push(letter)
      return answer
    },
  }))
  return { component, letters }
}

const KEPT = { onFailure: 'dead-letter' } as const

function failing(sink: Written['component'], store: ReturnType<typeof letterStore>, upTo = 3) {
  const source = new Source({ upTo, details: (value) => ({ headers: { number: String(value) }, key: 'k' }) })
  const made = kernel(
    { source: { component: source.component }, sink: { component: sink, from: ['source'], settings: KEPT } },
    { deadLetters: store.component },
  )
  return { ...made, source }
}

describe('A3: dead letters', () => {
  test('A3: what failed is kept with its story, and acked when that is stored', () => {
    const store = letterStore()
    const { source, graph } = failing(
      consumer(() => ({ each: (n: number) => (n === 1 ? refused() : undefined) })),
      store,
    )
    expect(store.letters).toEqual([
      {
        id: `${source.receipts.find(({ reason }) => reason !== undefined)!.message.id}@sink`,
        messageId: source.receipts.find(({ reason }) => reason !== undefined)!.message.id,
        pipeline: 'test',
        node: 'sink',
        data: 1,
        key: 'k',
        headers: { number: '1' },
        time: expect.any(Number),
        priority: 4,
        deadline: undefined,
        original: undefined,
        error: {
          code: 'REFUSED',
          message: 'refused',
          kind: 'message',
          causes: [{ code: undefined, message: 'too long' }],
          stack: expect.stringContaining('refused'),
        },
        attempts: 1,
        firstFailedAt: expect.any(Number),
        failedAt: expect.any(Number),
      },
    ])
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: acked', '2: acked'])
    expect(source.receipts.find(({ reason }) => reason === 'dead-letter')).toMatchObject({ node: 'sink' })
    expect(graph.state).toBe('finished')
  })

  test('A3: a store that is gone keeps messages unacked and the node from asking; nothing is lost when it is back', () => {
    let isGone = true
    const store = letterStore(() => {
      if (isGone) throw placeError('GONE', 'gone')
    })
    const { source, graph, env } = failing(
      consumer(() => ({ each: refused })),
      store,
      5000,
    )
    env.advance(600_000)
    expect(source.receipts).toEqual([])
    expect(source.made).toBeLessThan(5000)
    expect(graph.stats().nodes.find(({ name }) => name === 'dead-letters')!.circuit).toMatchObject({ error: 'gone' })
    isGone = false
    env.advance(20_000)
    expect(source.receipts).toHaveLength(5000)
    expect(new Set(store.letters.map(({ id }) => id)).size).toBe(5000)
    expect(graph.state).toBe('finished')
  })

  test('A3: a letter that can’t be kept fails its message back to who made it', () => {
    const { source, graph } = failing(
      consumer(() => ({ each: refused })),
      letterStore(() => {
        throw messageError('UNWRITABLE', 'no JSON')
      }),
      1,
    )
    expect(source.outcomes).toEqual(['0: UNWRITABLE'])
    expect(graph.state).toBe('finished')
  })

  test('A3: an outage makes none', () => {
    let isDown = true
    const store = letterStore()
    const { env, source, graph } = failing(
      consumer(() => ({
        each: () => {
          if (isDown) throw placeError('DOWN', 'down')
        },
      })),
      store,
      100,
    )
    env.advance(600_000)
    isDown = false
    env.advance(20_000)
    expect(store.letters).toEqual([])
    expect(source.outcomes).toHaveLength(100)
    expect(graph.state).toBe('finished')
  })

  test('A12: a part that fails has a letter of its own; its batch waits for it, the others are acked with it', () => {
    const store = letterStore()
    const source = new Source({ upTo: 4 })
    const { graph } = kernel(
      {
        source: { component: source.component },
        batches: { component: batching(2), from: ['source'] },
        sink: {
          component: consumer(({ fail }) => ({
            each: (data: readonly number[], message) => void (data[1] === 3 && fail(message, new Error('third'), 1)),
          })),
          from: ['batches'],
          settings: KEPT,
        },
      },
      { deadLetters: store.component },
    )
    expect(store.letters).toMatchObject([{ data: 3, error: { message: 'third' } }])
    expect(source.receipts.filter(({ reason }) => reason === 'dead-letter')).toHaveLength(1)
    expect(source.outcomes.toSorted()).toEqual(range(4).map((n) => `${n}: acked`))
    expect(graph.state).toBe('finished')
  })

  test('A2: a broadcast message is acked when every branch has, and the letter of one is stored', () => {
    const gate = new Deferred()
    const source = new Source({ upTo: 1 })
    const { env } = kernel(
      {
        source: { component: source.component },
        good: { component: discarding, from: ['source'] },
        bad: { component: consumer(() => ({ each: refused })), from: ['source'], settings: KEPT },
      },
      { deadLetters: letterStore(() => gate).component },
    )
    expect(source.receipts).toEqual([])
    gate.resolve(undefined)
    env.run()
    expect(source.receipts).toMatchObject([{ outcome: 'acked', reason: 'dead-letter', node: 'bad' }])
  })

  test('A2: two branches that fail one message have a letter each', () => {
    const store = letterStore()
    const source = new Source({ upTo: 1 })
    const bad = { component: consumer(() => ({ each: refused })), from: ['source'], settings: KEPT }
    kernel({ source: { component: source.component }, one: bad, two: bad }, { deadLetters: store.component })
    expect(new Set(store.letters.map(({ id }) => id)).size).toBe(2)
    expect(new Set(store.letters.map(({ messageId }) => messageId)).size).toBe(1)
    expect(source.receipts).toMatchObject([{ outcome: 'acked', reason: 'dead-letter' }])
  })

  test('A10: a key that throws at the producer, and one at a stage, have letters as well', () => {
    const store = letterStore()
    const source = new Source({ upTo: 2 })
    const key = (): never => refused()
    const { graph } = kernel(
      {
        source: { component: source.component, settings: { ...KEPT, key: ({ data }) => (data === 0 ? key() : 'a') } },
        stage: { component: stage(() => ({ map: (n: number) => n })), from: ['source'], settings: { ...KEPT, key } },
        sink: { component: discarding, from: ['stage'], settings: KEPT },
      },
      { deadLetters: store.component },
    )
    expect(store.letters.map(({ node, data }) => `${node} ${String(data)}`).toSorted()).toEqual(['source 0', 'stage 1'])
    expect(source.outcomes).toHaveLength(2)
    expect(graph.state).toBe('finished')
  })

  test('A3: `deadLetters` that nobody writes to ends with the pipeline', () => {
    const source = new Source({ upTo: 2 })
    const { graph } = kernel(
      { source: { component: source.component }, sink: { component: discarding, from: ['source'] } },
      { deadLetters: letterStore().component },
    )
    expect(graph.state).toBe('finished')
  })
})
