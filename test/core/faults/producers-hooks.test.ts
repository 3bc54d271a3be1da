import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { Gate, range } from '../../support/kernel.ts'
import { counting, fails, producing, throwing } from './producing.ts'
import { thenable } from './shapes.ts'

describe('a `handleDemand` that', () => {
  test.each([
    ['throws nothing', (): never => throwing(undefined)],
    ['rejects with null', () => Promise.resolve().then(() => throwing(null))],
    ['has a `then` that throws', () => thenable(() => throwing(undefined))],
  ])('%s: the pipeline fails with an error of ours', async (_name, handleDemand) => {
    const { graph, env } = producing(() => ({ handleDemand }))
    await env.advanceAsync(5000)
    await expect(graph.finishedReport).resolves.toMatchObject({
      outcome: 'failed',
      node: 'source',
      error: { code: 'SLUICE_HANDLER_THREW' },
    })
  })

  test('throws while messages are under way: each is failed back once', async () => {
    const gate = new Gate()
    const { source, graph, env } = producing(
      (given) => ({ handleDemand: () => (given.made++ === 0 ? given.messages([1, 2, 3]) : fails()) }),
      { sink: gate.consumer },
    )
    await env.advanceAsync(5000)
    expect(graph.state).toBe('failed')
    gate.calls[0]!.resolve()
    await env.advanceAsync(5000)
    expect(source.outcomes.toSorted()).toEqual([1, 2, 3].map((n) => `${n}: SLUICE_PIPELINE_FAILED`))
    expect(graph.stats().unacked).toBe(0)
  })

  test('never comes back keeps nobody from stopping; what comes late is not taken', async () => {
    const answer = new Deferred()
    const { source, graph, env } = producing(() => ({ handleDemand: () => answer }))
    const stopped = graph.stop()
    await env.advanceAsync(5000)
    await expect(stopped).resolves.toMatchObject({ left: [] })
    answer.resolve(source.messages([1]))
    env.run()
    expect(source.outcomes).toEqual([])
    expect(graph.stats().unacked).toBe(0)
  })
})

describe('a `settle` that', () => {
  test.each([
    ['throws', fails],
    ['throws nothing', (): never => throwing(undefined)],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('%s: the outcomes stand, their room is free again, and the pipeline ends', async (_name, settle) => {
    const { graph, env, log } = producing((given) => ({ ...counting(given, 20), settle }))
    await env.advanceAsync(5000)
    expect(graph.state).toBe('finished')
    expect(graph.stats().unacked).toBe(0)
    expect(log.every((line) => line.startsWith('settle failed'))).toBe(true)
    expect(log.length).toBeGreaterThan(0)
  })

  test('hangs: its messages count as unacked, so that no more than `maxUnacked` are asked for', () => {
    let given = 0
    const { graph } = producing(
      (source) => ({
        settle: () => new Deferred(),
        handleDemand: (asked: number) => {
          given += asked
          return source.messages(range(asked))
        },
      }),
      { settings: { maxUnacked: { parts: 12 } } },
    )
    expect(given).toBe(12)
    expect(graph.stats().unacked).toBe(12)
    expect(graph.state).toBe('running')
  })

  test('gives more is no circle: what it emits has its own telling', () => {
    let told = 0
    const { source, graph } = producing((given) => ({
      settle: (receipts: readonly { message: Message }[]) => {
        given.receipts.push(...(receipts as typeof given.receipts))
        if (told++ < 3) given.push(told)
        else given.context.end()
      },
      handleDemand: () => (given.made++ === 0 ? given.messages(['first']) : undefined),
    }))
    expect(source.outcomes).toEqual(['"first": acked', '1: acked', '2: acked', '3: acked'])
    expect(graph.state).toBe('finished')
  })
})

describe('another hook of a producer', () => {
  test('`drain` that throws: the pipeline fails, visibly; one that hangs keeps nobody', async () => {
    const broken = producing(() => ({ drain: fails, handleDemand: () => new Deferred() }))
    void broken.graph.stop()
    await broken.env.advanceAsync(5000)
    await expect(broken.graph.finishedReport).resolves.toMatchObject({ outcome: 'failed', node: 'source' })
    const hanging = producing(() => ({ drain: () => new Deferred(), handleDemand: () => undefined }))
    const stopped = hanging.graph.stop()
    await hanging.env.advanceAsync(5000)
    await expect(stopped).resolves.toMatchObject({ left: [] })
  })

  test('`stop` that throws is logged; what was given has its outcomes', () => {
    const { source, graph, log } = producing((given) => ({ ...counting(given, 5), stop: fails }))
    expect(source.outcomes).toEqual(range(5).map((n) => `${n}: acked`))
    expect(graph.state).toBe('finished')
    expect(log).toEqual(['stop failed: no'])
  })

  test('`room` that throws: the pipeline fails, and each message is failed back', async () => {
    const gate = new Gate()
    const { source, graph, env } = producing(
      () => ({ queue: { messages: 2, bytes: 2 ** 30, whenFull: 'reject' }, room: fails }),
      { sink: gate.consumer },
    )
    for (let n = 0; n < 20; n++) source.context.emit(source.messages([n]), { waits: true })
    env.run()
    gate.calls[0]!.resolve()
    await env.advanceAsync(5000)
    await expect(graph.finishedReport).resolves.toMatchObject({ outcome: 'failed', node: 'source' })
    expect(graph.stats().unacked).toBe(0)
    expect(new Set(source.receipts.map(({ message }) => message)).size).toBe(source.receipts.length)
  })
})
