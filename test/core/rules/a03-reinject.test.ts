import { describe, expect, test } from 'vitest'
import { messageError } from '../../../src/core/errors.ts'
import type { Letter } from '../../../src/core/letter.ts'
import { reinject, type Reinjected } from '../../../src/core/reinjection.ts'
import { batching, consumer, kernel, Sink, Source, stage, type Written } from '../../support/kernel.ts'
import { letter } from '../../overflow/letters.ts'

const KEPT = { onFailure: 'dead-letter' } as const

/** A pipeline that stays idle, its dead letters, and what it says of letters that come again. */
function idle(sink: Written['component'], before: Readonly<Record<string, Written>> = {}) {
  const source = new Source({ give: () => 0 })
  const letters: Letter[] = []
  const keeper = consumer(() => ({ each: (kept: Letter) => void letters.push(kept) }))
  const last = Object.keys(before).at(-1) ?? 'source'
  const made = kernel(
    { source: { component: source.component }, ...before, sink: { component: sink, from: [last], settings: KEPT } },
    { deadLetters: keeper },
  )
  const outcomes: Reinjected[] = []
  const told = (some: readonly Reinjected[]): void => void outcomes.push(...some)
  /** Lets what was told be heard. */
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 5; round++) {
      await Promise.resolve()
      made.env.run()
    }
  }
  const again = async (...some: Letter[]): Promise<void> => {
    reinject(made.graph, some, { to: some[0]!.node, told })
    made.env.run()
    await settle()
  }
  const heard = () => outcomes.map(({ letter: { id }, receipt }) => `${id}: ${receipt?.reason ?? receipt?.outcome}`)
  return { ...made, source, letters, again, settle, heard, told }
}

/** A pipeline with one message under way. */
function kernelWithCalls(sink: Written['component']) {
  let made = 0
  const source = new Source({ give: () => (made++ === 0 ? 1 : 0) })
  const { graph, env } = kernel({
    source: { component: source.component },
    sink: { component: sink, from: ['source'] },
  })
  const settle = async (): Promise<void> => {
    await Promise.resolve()
    env.run()
  }
  return { graph, env, settle }
}

const refused = (): never => {
  throw messageError('REFUSED', 'refused')
}

describe('A3: letters come again', () => {
  test('A3: at the node that failed them, as they were, and nothing of it stays behind', async () => {
    const sink = new Sink()
    const { graph, again, heard } = idle(sink.component)
    await again(
      letter('source:7/0', { node: 'sink', data: 'a', key: 'k', headers: { h: '1' }, time: 5, priority: 9 }),
      letter('source:8', { node: 'sink', data: 'b', attempts: 4, deadline: 1 }),
    )
    expect(
      sink.messages.map(({ id, key, headers, time, priority, attempt, deadline }) => [
        id,
        key,
        headers,
        time,
        priority,
        attempt,
        deadline,
      ]),
    ).toEqual([
      ['source:7/0', 'k', { h: '1' }, 5, 9, 1, undefined],
      ['source:8', undefined, {}, 1, 4, 1, undefined],
    ])
    expect(sink.values).toEqual(['a', 'b'])
    expect(heard()).toEqual(['source:7/0: acked', 'source:8: acked'])
    expect([...graph.nodes.keys()]).toEqual(['source', 'sink', 'dead-letters'])
    expect([graph.edges.length, graph.stats().acked, graph.stats().unacked]).toEqual([2, 2, 0])
  })

  test('A3: one that fails again has a letter of the same message and node, stored before its outcome is told', async () => {
    const { again, heard, letters } = idle(consumer(() => ({ each: refused })))
    await again(letter('source:7', { node: 'sink' }))
    expect(letters).toMatchObject([{ id: 'source:7@sink', messageId: 'source:7', node: 'sink', attempts: 1 }])
    expect(heard()).toEqual(['source:7: dead-letter'])
  })

  test('A3: at a stage, whose children go on', async () => {
    const sink = new Sink()
    const split = { component: stage(() => ({ flatMap: (n: number) => [n, n + 1] })), from: ['source'] }
    const { again, heard } = idle(sink.component, { split })
    await again(letter('source:7', { node: 'split', data: 1 }))
    expect(sink.messages.map(({ id, data }) => [id, data])).toEqual([
      ['source:7/0', 1],
      ['source:7/1', 2],
    ])
    expect(heard()).toEqual(['source:7: acked'])
  })

  test('A12: a batch comes again as a batch, one part of it as a batch of its own', async () => {
    const sink = new Sink()
    const batches = { component: batching(3), from: ['source'] }
    const { again, heard } = idle(sink.component, { batches })
    await again(letter('source:7+2', { node: 'sink', data: [7, 8, 9] }), letter('source:4', { node: 'sink', data: 4 }))
    expect(sink.values).toEqual([[7, 8, 9], [4]])
    expect(sink.messages.map(({ id, parts }) => [id, parts?.length, parts?.[0]?.id])).toEqual([
      ['source:7+2', 3, 'source:7'],
      ['source:4+', 1, 'source:4'],
    ])
    expect(heard()).toEqual(['source:7+2: acked', 'source:4: acked'])
  })

  test('A12: a part that fails again alone has its own letter again', async () => {
    const sink = consumer(({ fail }) => ({ each: (_: unknown, message) => fail(message, new Error('again'), 0) }))
    const { again, letters } = idle(sink, { batches: { component: batching(3), from: ['source'] } })
    await again(letter('source:4', { node: 'sink', data: 4 }))
    expect(letters).toMatchObject([{ id: 'source:4@sink', messageId: 'source:4', data: 4 }])
  })

  test('A7: those that have no outcome when the graph ends are told without one, the others are drained', async () => {
    const sink = consumer(() => ({ each: () => new Promise(() => {}) }))
    const { graph, env, told, settle, heard } = idle(sink)
    reinject(graph, [letter('source:1', { node: 'sink' })], { to: 'sink', told })
    env.run()
    void graph.stop()
    env.advance(60_000)
    await settle()
    expect(heard()).toHaveLength(1)
    expect(heard()[0]).not.toBe('source:1: acked')
    expect(graph.stats().unacked).toBe(0)
  })

  test('A7: a drain waits for those that are under way', async () => {
    let finish: (() => void) | undefined
    const sink = consumer(() => ({ each: () => new Promise<void>((resolve) => (finish = resolve)) }))
    const { graph, env, told, settle, heard } = idle(sink)
    reinject(graph, [letter('source:1', { node: 'sink' })], { to: 'sink', told })
    env.run()
    const stopped = graph.stop()
    env.run()
    finish!()
    await settle()
    expect(heard()).toEqual(['source:1: acked'])
    expect(await stopped).toMatchObject({ outcome: 'stopped', left: [] })
  })

  test('A3: two retries at once stand beside each other; a node that is not there, a producer, and a graph that stops refuse', async () => {
    const sink = new Sink()
    const { graph, env, told, settle, heard } = idle(sink.component)
    for (const id of ['source:1', 'source:2']) reinject(graph, [letter(id, { node: 'sink' })], { to: 'sink', told })
    await settle()
    expect(heard()).toEqual(['source:1: acked', 'source:2: acked'])
    const of = (node: string) => () => reinject(graph, [letter('source:3', { node })], { to: node, told })
    expect(of('gone')).toThrow('no node called gone')
    expect(of('source')).toThrow('is a producer')
    void graph.stop()
    expect(of('sink')).toThrow('takes nothing more')
    env.run()
  })

  test('A3: a node whose inputs have ended refuses, while others still run', () => {
    const { graph } = kernel({
      short: { component: new Source({ upTo: 1 }).component },
      sink: { component: new Sink().component, from: ['short'] },
      source: { component: new Source({ give: () => 0 }).component },
      other: { component: new Sink().component, from: ['source'] },
    })
    const again = () => reinject(graph, [letter('short:1', { node: 'sink' })], { to: 'sink', told: () => undefined })
    expect(again).toThrow('sink takes nothing more: all that it reads from has ended')
  })

  test('D18: a flush that is under way waits for no letters that came behind it', async () => {
    const calls: (() => void)[] = []
    const sink = consumer(() => ({ each: () => new Promise<void>((resolve) => calls.push(resolve)) }))
    const { graph, env, settle } = kernelWithCalls(sink)
    let isFlushed = false
    graph.whenFlushed(() => (isFlushed = true))
    reinject(graph, [letter('source:9', { node: 'sink' })], { to: 'sink', told: () => undefined })
    env.run()
    expect([calls.length, isFlushed]).toEqual([1, false])
    calls[0]!()
    for (let round = 0; round < 5; round++) await settle()
    expect(calls).toHaveLength(2) // That of the letter, which nobody has finished.
    expect(isFlushed).toBe(true)
  })
})
